"""Vehicle terminals that speak JT/T 808, in its editions of 2013 and 2019."""
