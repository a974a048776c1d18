"""督办: supervision orders as people open, raise, answer and lift them."""
