"""SOS 紧急求助: one call for help, answered for by name, and passed on by the clock until somebody does."""
