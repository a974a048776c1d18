"""请假: officers who are not available for a while."""
