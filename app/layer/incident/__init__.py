"""Incidents as features: each found by the way in which its caller sees it."""
