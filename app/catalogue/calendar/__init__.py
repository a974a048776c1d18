"""When work is done: calendars with public holidays and make-up working days."""
