"""Where patrols are: high-rate writes with a retention of their own."""
