"""What a phone takes along for a shift, and what has changed since, told by one token."""
