"""Shifts changed, before their roster is published freely, after it with a reason and a record."""
