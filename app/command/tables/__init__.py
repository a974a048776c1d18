"""The workflow as clients and people read it: tables, a diagram, a page of documentation, all from the same rows."""
