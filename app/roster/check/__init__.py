"""Whether a roster keeps to its rules: every one that is unmet, named."""
