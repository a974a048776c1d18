"""Requests about an incident: return, extension, suspension, void, reopen."""
