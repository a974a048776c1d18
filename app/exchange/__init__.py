"""What leaves the house to others: agreed on by both sides, as far as agreed, and on record."""
