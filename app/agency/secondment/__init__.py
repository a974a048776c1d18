"""派驻: officers of a department who serve with a host for a while."""
