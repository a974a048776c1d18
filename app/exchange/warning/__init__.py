"""Warnings by CAP 1.2: a centre's own go out, those of weather bureaus and others come in."""
