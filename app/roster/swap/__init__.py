"""换班: officers who give a seat to a colleague, or exchange it."""
