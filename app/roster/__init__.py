"""Duty: joint patrols, their shifts and crews, signing on and off."""
