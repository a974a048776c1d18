"""A recorded fleet sent through the API: what each vehicle said of where it was, as positions of a patrol."""
