"""What has happened to an incident so far: its moves, and the notes people left."""
