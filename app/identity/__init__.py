"""Who is calling, and what they may do where in the organisation."""
