"""What is reported and by which standard: category schemes, standards with limits, work calendars."""
