"""What was done with the bytes of a picture, by whom and what for; the original, and the hold."""
