"""The assignments of one incident: who was sent, when, and how far each patrol is."""
