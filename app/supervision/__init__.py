"""督办: who is pressed for an answer, how hard, and what came of it."""
