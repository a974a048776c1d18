"""Who sits on which shift: assigned by a planner, or signed up."""
