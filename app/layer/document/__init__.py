"""What layers say about themselves: landing page, conformance, collections, queryables, the document of the API."""
