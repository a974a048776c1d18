"""The board of a command centre: everything that is open in sight, and every change of it."""
