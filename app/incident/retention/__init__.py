"""For how long pictures are kept: until their incident has been closed so long, unless they are held."""
