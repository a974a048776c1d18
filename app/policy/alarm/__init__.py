"""Alarms: rules in force that cannot apply any more, seen until they can again."""
