"""The check of routing rules against the world as it is: what they name, and whether they can ever decide."""
