"""Patrols as a dispatcher sees them: who is on duty, where, and what they are busy with."""
