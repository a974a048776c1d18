"""What gives positions: phones and vehicle terminals, each with a key that may upload and nothing else."""
