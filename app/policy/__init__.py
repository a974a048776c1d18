"""What is done by rule: who is told and pressed when a limit passes, and where an incident goes at once."""
