"""Side steps that another person decides: return, extension, suspension, void, reopen."""
