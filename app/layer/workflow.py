"""What each collection is: its names, its geometry, its properties and the time its features belong to.

Nothing here reads anything. Queryables, schemas, tiles, exports and the document of the API are made from these rows.
"""

from collections.abc import Mapping
from enum import StrEnum
from importlib.util import find_spec
from typing import NamedTuple

from app.core.problems import Problem
from app.layer.filter.workflow import Kind

DEFAULT_LIMIT, MAX_LIMIT = 100, 10_000
"""Features on a page."""
S, I, N, B, T, U = Kind.STRING, Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN, Kind.INSTANT, Kind.UUID  # noqa: E741  # short, so that a row is a line


class BadQuery(Problem):
    """A query parameter is unknown, or has a value that it cannot have."""

    status = 400


class File(NamedTuple):
    """A form in which a whole selection is downloaded: its name after `f=`, what it is, how its name ends."""

    form: str
    media_type: str
    suffix: str
    about: str
    needs_extra: bool = False


GEOJSON = "application/geo+json"
FILES: Mapping[str, File] = {
    one.form: one
    for one in (
        File("csv", "text/csv; charset=utf-8; header=present", "csv", "CSV"),
        File("geojson", GEOJSON, "geojson", "GeoJSON, whole"),
        File("geojson-seq", "application/geo+json-seq", "geojsons", "GeoJSON text sequence"),
        File("gpkg", "application/geopackage+sqlite3", "gpkg", "GeoPackage", needs_extra=True),
        File("fgb", "application/flatgeobuf", "fgb", "FlatGeobuf", needs_extra=True),
        File("parquet", "application/vnd.apache.parquet", "parquet", "GeoParquet", needs_extra=True),
    )
}


def offered() -> tuple[File, ...]:
    """The files that this server can write: those of the extra `gis` only where it is installed."""
    has_extra = find_spec("pyogrio") is not None and find_spec("pyarrow") is not None
    return tuple(one for one in FILES.values() if has_extra or not one.needs_extra)


class Shape(StrEnum):
    """The geometry of a collection's features, as OGC names its format."""

    POINT = "point"
    POLYGON = "polygon"
    MULTIPOLYGON = "multipolygon"


class Property(NamedTuple):
    """A property of a feature. `unit` is of its numbers, `values` are all that it can be."""

    name: str
    kind: Kind
    zh: str
    en: str
    unit: str | None = None
    values: tuple[str, ...] = ()


class When(StrEnum):
    """What `datetime` asks of a collection; without it, `default`."""

    NEVER = "never"
    INSTANT = "instant"
    VALIDITY = "validity"
    PERIOD = "period"


class Collection(NamedTuple):
    """A collection. `time` names the property its instant is in, or the two between which a feature holds.

    `sorted_by` is the order of its features unless another is asked for, as `sortby` has it; else it is by their ids.
    """

    id: str
    zh: str
    en: str
    about: str
    shape: Shape
    properties: tuple[Property, ...]
    when: When = When.NEVER
    time: tuple[str, ...] = ()
    min_zoom: int = 0
    sorted_by: str = ""

    def named(self, name: str) -> Property | None:
        """The property of this name."""
        return next((one for one in self.properties if one.name == name), None)


CODE = Property("code", S, "编码", "Code")
NAME = (Property("name", S, "名称", "Name"), Property("name_en", S, "英文名称", "English name"))
CENTRE = Property("centre", S, "指挥中心", "Command centre")
AREA_M2 = Property("area_m2", N, "面积", "Area", "m2")
CELL = (
    CODE,
    Property("kind", S, "网格类型", "Kind of cell", values=("unit", "general", "dedicated")),
    Property("community", S, "社区编码", "Community"),
    AREA_M2,
)

COLLECTIONS: Mapping[str, Collection] = {
    one.id: one
    for one in (
        Collection(
            "grid_cells",
            "网格",
            "Grid cells",
            "The cells in force now, or at the `datetime` asked for: of any published plan.",
            Shape.POLYGON,
            (
                *CELL,
                Property("scheme", S, "编码规则", "Coding scheme", values=("unit-15", "free")),
                Property("plan", S, "网格方案", "Grid plan"),
                Property("valid_from", T, "生效时间", "Valid from"),
                Property("valid_until", T, "失效时间", "Valid until"),
            ),
            When.VALIDITY,
            ("valid_from", "valid_until"),
            min_zoom=10,
        ),
        Collection(
            "areas",
            "行政区域",
            "Areas",
            "The area tree: districts, streets, communities.",
            Shape.MULTIPOLYGON,
            (
                CODE,
                Property("level", S, "层级", "Level"),
                Property("kind", S, "类型", "Kind"),
                *NAME,
                Property("parent", S, "上级编码", "Parent"),
                AREA_M2,
            ),
        ),
        Collection(
            "beats",
            "责任网格",
            "Beats",
            "The sets of cells in force that a crew looks after, each as one shape.",
            Shape.MULTIPOLYGON,
            (CODE, *NAME, CENTRE, Property("cells", I, "网格数", "Cells")),
            min_zoom=11,
        ),
        Collection(
            "incidents",
            "事件",
            "Incidents",
            "Incidents in sight, without their text and without anything about persons. `datetime` is when they were reported.",
            Shape.POINT,
            (
                Property("number", S, "编号", "Number"),
                Property("status", S, "状态", "Status"),
                Property("is_open", B, "未结", "Open"),
                Property("priority", I, "优先级", "Priority"),
                Property("category", S, "类别编码", "Category"),
                Property("domain", S, "领域", "Domain"),
                Property("source", S, "来源", "Source"),
                Property("cell", S, "网格编码", "Cell"),
                Property("level", I, "指挥层级", "Command level"),
                Property("centre", S, "指挥中心", "Commanding centre"),
                Property("reported_at", T, "上报时间", "Reported at"),
                Property("due_at", T, "到期时间", "Due at"),
                Property("is_overdue", B, "超期", "Overdue"),
                Property("closed_at", T, "结束时间", "Ended at"),
            ),
            When.INSTANT,
            ("reported_at",),
            min_zoom=9,
            sorted_by="-reported_at",
        ),
        Collection(
            "patrols",
            "巡防队",
            "Patrols",
            "Patrols on duty, where they were last seen. Crews are not named.",
            Shape.POINT,
            (
                CODE,
                *NAME,
                CENTRE,
                Property("vehicle", S, "装备", "Vehicle"),
                Property("beat", S, "责任网格", "Beat"),
                Property("availability", S, "可用状态", "Availability", values=("available", "busy")),
                Property("observed_at", T, "定位时间", "Observed at"),
                Property("age_s", I, "定位时长", "Age of the position", "s"),
                Property("speed_mps", N, "速度", "Speed", "m/s"),
                Property("heading_deg", N, "方向", "Heading", "deg"),
                Property("accuracy_m", N, "精度", "Accuracy", "m"),
            ),
            When.INSTANT,
            ("observed_at",),
        ),
        Collection(
            "coverage",
            "巡查覆盖",
            "Patrol coverage",
            "What patrols together did in each cell: in the last 24 hours, or in the `datetime` interval, up to 92 days.",
            Shape.POLYGON,
            (
                *CELL,
                Property("is_visited", B, "已巡查", "Visited"),
                Property("visits", I, "巡查次数", "Visits"),
                Property("dwell_s", N, "停留时长", "Dwell", "s"),
                Property("most_patrols", I, "最多队数", "Most patrols in an hour"),
                Property("last_at", T, "最近巡查", "Last visit"),
            ),
            When.PERIOD,
            ("last_at",),
            min_zoom=10,
        ),
        Collection(
            "hot_cells",
            "热点网格",
            "Hot cells",
            (
                "Incidents that others than patrols reported, by cell: in the last 30 days, or in the `datetime` interval. "
                "`gi_z` is Getis-Ord Gi* over a cell and its neighbours, in standard deviations."
            ),
            Shape.POLYGON,
            (
                *CELL,
                Property("incidents", I, "事件数", "Incidents"),
                Property("per_km2", N, "每平方公里", "Incidents a square kilometre", "1/km2"),
                Property("gi_z", N, "热点强度", "Gi*"),
                Property("last_at", T, "最近上报", "Last reported"),
            ),
            When.PERIOD,
            ("last_at",),
            min_zoom=10,
        ),
        Collection(
            "checkpoints",
            "巡更点",
            "Checkpoints",
            "The places that are to be visited again and again, and whether one is due.",
            Shape.POINT,
            (
                CODE,
                *NAME,
                CENTRE,
                Property("radius_m", N, "半径", "Radius", "m"),
                Property("every_s", I, "间隔", "Interval", "s"),
                Property("last_at", T, "最近巡查", "Last visit"),
                Property("is_overdue", B, "超期", "Overdue"),
            ),
        ),
    )
}
