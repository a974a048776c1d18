"""Who commands and who handles: centres, departments, officers, and who is competent for what and where."""
