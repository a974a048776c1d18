"""What has happened to an incident so far: its moves, its clocks with their arithmetic, the notes people left."""
