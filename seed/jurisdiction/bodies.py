"""What the services are given to make a jurisdiction, in the words of their schemas."""

from collections.abc import Iterator
from typing import Any

import orjson
import shapely

from app.agency.schemas import CentreIn
from app.catalogue.calendar.schemas import CalendarIn
from app.catalogue.schemas import SchemeIn
from app.grid.area.schemas import AreaIn
from app.grid.plan.schemas import PlanIn
from app.identity.schemas import AccountIn
from app.identity.workflow import Role
from seed.jurisdiction.squares import Squares
from seed.jurisdiction.survey import Kind, Survey, Surveyed

HOURS_A_DAY = 24
LONGEST = 5000
POSTS = (Role.CHANNEL, Role.ACCEPTOR, Role.SHIFT_LEADER, Role.DISPATCHER)
NO_TARGET = {"amount": 1, "unit": "work_day"}


def areas(survey: Surveyed, squares: Squares) -> list[AreaIn]:
    """The root, and below it each sub-area that has ground."""
    wanted = survey.wanted
    whole = shapely.box(*shapely.total_bounds(squares.polygons))
    root = AreaIn(
        code=wanted.code,
        level=wanted.level,
        name=wanted.name,
        name_en=wanted.name_en,
        boundary=_geometry(whole),
    )
    return [root, *(_subarea(survey, squares, place) for place in _with_ground(squares))]


def _with_ground(squares: Squares) -> list[int]:
    return sorted(set(squares.owners.tolist()))


def _subarea(survey: Surveyed, squares: Squares, place: int) -> AreaIn:
    code, wanted = survey.codes[place], survey.wanted
    name = survey.names[code][:200]
    boundary = _geometry(squares.of(place))
    return AreaIn(
        code=code, level=wanted.subareas.level, name=name, name_en=name, parent=wanted.code, boundary=boundary
    )


def _geometry(shape: Any) -> Any:
    return orjson.loads(shapely.to_geojson(shape))


def plan(survey: Surveyed, squares: Squares, source: str) -> PlanIn:
    """The generated grid as a plan."""
    wanted = survey.wanted
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "community": survey.codes[owner]},
            "geometry": _geometry(polygon),
        }
        for code, owner, polygon in zip(squares.codes, squares.owners.tolist(), squares.polygons, strict=True)
    ]
    return PlanIn.model_validate(
        {"name": f"{wanted.name_en}, generated", "scheme": "free", "area": wanted.code, "datum": "wgs84"}
        | {"source": f"Generated: squares of {wanted.grid.cell_m:g} m over the points of {source}"}
        | {"community_property": "community", "features": features}
    )


def calendar(survey: Surveyed) -> CalendarIn:
    """Monday to Friday, in the recording's time zone."""
    wanted = survey.wanted
    return CalendarIn.model_validate(
        {"code": wanted.code, "area": wanted.code, "name": wanted.name, "name_en": wanted.name_en}
        | {"time_zone": survey.zone}
        | {"weekly": {str(day): [list(period) for period in wanted.weekdays] for day in range(1, 6)}}
    )


def centres(survey: Surveyed, squares: Squares) -> list[CentreIn]:
    """A centre of the whole, and one of each sub-area below it."""
    wanted = survey.wanted
    own = {"code": wanted.code, "name": wanted.name, "name_en": wanted.name_en, "calendar": wanted.code}
    codes = [survey.codes[place] for place in _with_ground(squares)]
    below = [
        {"code": code, "name": survey.names[code][:200], "name_en": survey.names[code][:200], "calendar": wanted.code}
        | {"level": 1, "parent": wanted.code, "area": code}
        for code in codes
    ]
    return [CentreIn.model_validate(body) for body in (own | {"level": 2, "parent": None, "area": wanted.code}, *below)]


def scheme(survey: Survey, source: str) -> SchemeIn:
    """One category for each code the rows have, with limits from their targets."""
    wanted = survey.wanted
    return SchemeIn.model_validate(
        {"area": wanted.code, "code": survey.mapping.name, "edition": "1", "source": f"Generated from {source}"}
        | {"title": wanted.name, "title_en": wanted.name_en}
        | {"categories": [_category(code, kind) for code, kind in sorted(survey.kinds.items())]}
    )


def _category(code: str, kind: Kind) -> dict[str, Any]:
    ((name, _),) = kind.names.most_common(1)
    limit = limit_of(kind)
    standard = {
        "code": "default",
        "filing_condition": f"{name}：属实，属本辖区",
        "filing_condition_en": f"{name}: it is so, and here",
        "closing_condition": f"{name}：已处置",
        "closing_condition_en": f"{name}: it is dealt with",
        "limits": {"handle": limit, "total": limit},
        "is_default": True,
    }
    return {
        "code": code,
        "domain": kind.domains.most_common(1)[0][0],
        "main_class": kind.main_classes.most_common(1)[0][0],
        "name": name[:200],
        "name_en": name[:200],
        "standards": [standard],
    }


def limit_of(kind: Kind) -> dict[str, Any]:
    """The middle target of a category, in hours up to two days, else in days; one working day where there is none."""
    hours = kind.median_hours
    if hours is None:
        return NO_TARGET
    if hours <= 2 * HOURS_A_DAY:
        return {"amount": max(round(hours, 2), 0.01), "unit": "urgent_hour"}
    return {"amount": min(round(hours / HOURS_A_DAY, 2), LONGEST), "unit": "natural_day"}


def accounts(code: str, password: str) -> Iterator[AccountIn]:
    """One account for each post of the root centre."""
    for post in POSTS:
        grants = [{"role": post, "organisation": code}]
        yield AccountIn.model_validate(
            {"username": f"{code}.{post}", "display_name": f"{code} {post}", "password": password, "grants": grants}
        )
