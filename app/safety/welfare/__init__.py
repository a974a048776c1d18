"""Welfare checks: a crew is asked at intervals whether all is well, and silence becomes an SOS."""
