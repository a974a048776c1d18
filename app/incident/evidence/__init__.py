"""Pictures of incidents: judged by their content, freed of what the camera wrote, kept by the hash of their bytes."""
