"""The calendars that arithmetic is tried on, and every minute of more than a year of each: the oracle counts them."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from app.catalogue.workflow import WorkCalendar

DAY = [["08:00", "12:00"], ["14:00", "18:00"]]
HALF = [["09:00", "13:00"]]
LONG = [["00:00", "06:00"], ["06:30", "07:00"], ["20:30", "24:00"]]
CHINA = {
    "time_zone": "Asia/Shanghai",
    "weekly": {str(day): DAY for day in range(1, 6)},
    "days": {
        "2026-01-01": [], "2026-01-02": [], "2026-01-04": DAY, "2026-01-10": HALF,
        **{f"2026-02-{day}": [] for day in range(15, 24)}, "2026-02-14": DAY, "2026-02-28": LONG,
        **{f"2026-10-0{day}": [] for day in range(1, 8)}, "2026-09-20": DAY, "2026-10-10": HALF,
    },
}  # fmt: skip
BERLIN = {
    "time_zone": "Europe/Berlin",
    "weekly": {"5": DAY, "6": [["00:00", "06:00"]], "7": [["00:30", "05:00"], ["22:00", "24:00"]], "1": HALF},
    "days": {"2026-03-28": [], "2026-04-05": [["12:00", "12:01"]]},
}
ALL = [CHINA, BERLIN]
MINUTE = timedelta(minutes=1)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def counted(which: int) -> tuple[int, ...]:
    """For every minute of the year and two months: the working minutes of its day, or 0 outside working time."""
    row: dict[str, Any] = ALL[which]
    zone = WorkCalendar.of(row).zone
    walls = [(FIRST + n * MINUTE).astimezone(zone) for n in range(425 * 24 * 60)]
    works: list[bool] = []
    lengths: dict[date, int] = {}
    for wall in walls:
        periods = row["days"].get(wall.date().isoformat(), row["weekly"].get(str(wall.isoweekday()), []))
        works.append(any(since <= f"{wall:%H:%M}" < to for since, to in periods))
        lengths[wall.date()] = lengths.get(wall.date(), 0) + works[-1]
    return tuple(lengths[wall.date()] if working else 0 for wall, working in zip(walls, works, strict=True))
