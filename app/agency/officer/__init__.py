"""Who can go out: the officers of departments, based at centres."""
