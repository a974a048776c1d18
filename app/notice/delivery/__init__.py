"""How notices reach people: a queue for each channel, so that no channel waits for another."""
