"""点名: who should be out now, who is, who is late and who is missing."""
