"""What counts as having been somewhere."""

from datetime import timedelta

LONGEST_STEP = timedelta(minutes=10)
"""Between two fixes further apart than this nobody knows where the patrol was: no presence is counted."""
REACH = 2 * LONGEST_STEP
"""How far a fix reaches: it may make its neighbour a jump, and its neighbour's step an interval."""
HOUR = timedelta(hours=1)
MAX_RADIUS_M = 500.0
"""Of a checkpoint's geofence."""
