"""What one account was told, and who was told of one incident."""
