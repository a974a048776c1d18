"""Decides working time: the weekly pattern, and holidays and make-up days as the State Council published them."""

from collections.abc import Iterator
from datetime import date, timedelta

CODE = "cn-2026"
PERIODS = [["08:00", "12:00"], ["14:00", "18:00"]]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SOURCES = {
    "2025": "https://www.gov.cn/zhengce/content/202411/content_6986382.htm",
    "2026": "https://www.gov.cn/zhengce/content/202511/content_7047090.htm",
}
# name_zh, name_en, first day off, last day off, make-up working days
HOLIDAYS: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("元旦", "New Year's Day", "2025-01-01", "2025-01-01", ()),
    ("春节", "Spring Festival", "2025-01-28", "2025-02-04", ("2025-01-26", "2025-02-08")),
    ("清明节", "Qingming Festival", "2025-04-04", "2025-04-06", ()),
    ("劳动节", "Labour Day", "2025-05-01", "2025-05-05", ("2025-04-27",)),
    ("端午节", "Dragon Boat Festival", "2025-05-31", "2025-06-02", ()),
    ("国庆节、中秋节", "National Day and Mid-Autumn", "2025-10-01", "2025-10-08", ("2025-09-28", "2025-10-11")),
    ("元旦", "New Year's Day", "2026-01-01", "2026-01-03", ("2026-01-04",)),
    ("春节", "Spring Festival", "2026-02-15", "2026-02-23", ("2026-02-14", "2026-02-28")),
    ("清明节", "Qingming Festival", "2026-04-04", "2026-04-06", ()),
    ("劳动节", "Labour Day", "2026-05-01", "2026-05-05", ("2026-05-09",)),
    ("端午节", "Dragon Boat Festival", "2026-06-19", "2026-06-21", ()),
    ("中秋节", "Mid-Autumn Festival", "2026-09-25", "2026-09-27", ()),
    ("国庆节", "National Day", "2026-10-01", "2026-10-07", ("2026-09-20", "2026-10-10")),
)


def _days() -> Iterator[dict[str, object]]:
    for name_zh, name_en, first, last, make_up in HOLIDAYS:
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last):
            yield {"on": day.isoformat(), "kind": "holiday", "periods": [], "name_zh": name_zh, "name_en": name_en}
            day += timedelta(days=1)
        for on in make_up:
            names = {"name_zh": f"{name_zh}调休上班", "name_en": f"Make-up working day ({name_en})"}
            yield {"on": on, "kind": "workday", "periods": PERIODS, **names}


def build_calendar() -> dict[str, object]:
    """The calendar document; a day that is not listed follows the weekly pattern."""
    return {
        "code": CODE,
        "name_zh": "中国大陆工作日历",
        "name_en": "Working calendar of mainland China",
        "timezone": "Asia/Shanghai",
        "weekly": {day: PERIODS if day not in {"sat", "sun"} else [] for day in WEEKDAYS},
        "holidays_from": "2025-01-01",
        "holidays_to": "2026-12-31",
        "note": "Holidays from 2027 on are not included yet: those days follow the weekly pattern alone.",
        "sources": SOURCES,
        "days": sorted(_days(), key=lambda day: str(day["on"])),
    }
