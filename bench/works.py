"""What is measured: each kind of work as one or two requests in turn, so that it can go on without using anything up."""

from dataclasses import dataclass, field
from uuid import UUID

DISTRICT, STREET = 1, 11
"""Numbers of accounts: a desk of the district centre, and one of the first street's."""
SUBJECTS = 190
GROUP = 500


def made(kind: str, number: int) -> UUID:
    """The id of a made row: its kind and its number."""
    return UUID(f"{kind}-0000-7000-8000-{number:012d}")


@dataclass(frozen=True)
class Step:
    """One request. `@ID@`, `@PATROL@`, `@LON@`, `@LAT@`, `@NEW@` stand for what differs from one to the next."""

    method: str
    path: str
    body: str | None = None
    by: int = DISTRICT


@dataclass(frozen=True)
class Work:
    """Steps taken in turn; `fifth` picks the incidents they are taken on, of every fifty (see `incidents.sql`)."""

    name: str
    steps: tuple[Step, ...]
    fifth: int | None = None
    target: float | None = None
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def is_reading(self) -> bool:
        """Whether nothing is written."""
        return self.steps[0].method == "GET"


INCIDENT = "/v1/incidents/@ID@"
MOVE = f"{INCIDENT}/transitions"
AT = '"location": {"type": "Point", "coordinates": [@LON@, @LAT@]}'
REPORT = f'{{"id": "@NEW@", "description": "流动摊贩占道经营，行人无法通过，已多次劝离", "source": "patrol", {AT}'
PRIMARY_KEY = "SELECT * FROM incident WHERE id = $1::UUID"

WORKS = (
    Work("get", (Step("GET", INCIDENT),), target=0.25, extra={"primary key": PRIMARY_KEY}),
    Work("list of 100", (Step("GET", "/v1/incidents?open=true&limit=100", by=STREET),), target=0.6),
    Work("locate", (Step("GET", "/v1/locate?lon=@LON@&lat=@LAT@"),)),
    Work("recommendations", (Step("GET", f"{INCIDENT}/recommendations"),), fifth=2),
    Work(
        "transition",
        (
            Step("POST", MOVE, '{"action": "accept", "category": "E0001"}'),
            Step("POST", MOVE, '{"action": "send_back", "reason": "地点不清"}'),
        ),
        fifth=0,
        target=0.45,
    ),
    Work(
        "assignment",
        (
            Step("POST", MOVE, '{"action": "dispatch", "patrols": ["@PATROL@"], "override_reason": "就近"}'),
            Step("POST", MOVE, '{"action": "recall", "reason": "另有安排"}'),
        ),
        fifth=2,
    ),
    Work("intake", (Step("POST", "/v1/incidents", REPORT + "}"),), target=0.45),
    Work(
        "intake, sent at once",
        (
            Step("POST", "/v1/incidents", REPORT + ', "category_code": "E0001", "auto": true}'),
            Step("POST", "/v1/incidents/@NEW@/transitions", '{"action": "recall", "reason": "另有安排"}'),
        ),
    ),
)


def spread(size: int) -> int:
    """How many groups of incidents lie between two subjects' groups, so that they are spread over the whole table."""
    return size // GROUP // (SUBJECTS // 10 + 1)


def model(work: Work, size: int) -> UUID:
    """The incident that is moved once to see how; the subjects are then made like it. It is not one of them."""
    return made("01930000", GROUP * spread(size) * (SUBJECTS // 10) + 10 * (work.fifth or 0))
