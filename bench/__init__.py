"""Speed of the hot paths: each over HTTP and as the same statements in plain SQL, in one interleaved run."""
