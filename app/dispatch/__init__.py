"""Who should go, and who goes: recommendations and assignments."""
