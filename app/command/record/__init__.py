"""One incident as a caller sees it: found, listed, shown with what the caller may do now."""
