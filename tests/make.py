"""A small town that most tests happen in: one district, two streets, three communities, crews on duty, every role.

Street A is the left half, street B the right half of a box of 6 × 2 cells of 0.01 degrees from 118.60 E, 32.00 N.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from geoalchemy2 import WKTElement
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from app.agency.models import Centre, CentreArea, Department, Officer
from app.catalogue.models import Calendar, Category, CategoryScheme, Standard
from app.catalogue.schemas import CategoryRules
from app.core.geo import SRID
from app.core.ids import uuid7
from app.grid.models import Area, Beat, BeatCell, CellNeighbour, GridCell, GridPlan
from app.identity.models import Account, Organisation, RoleGrant
from app.patrol.models import LatestPosition
from app.roster.models import CrewMember, Patrol, Shift

WEST, SOUTH, STEP = 118.60, 32.00, 0.01
A1, B1 = (118.605, 32.005), (118.635, 32.005)
"""Points inside the first cell of community A1 and of community B1."""
OUTSIDE = (118.9, 32.5)
ROLES = {
    "district.dispatcher": ("dispatcher", "D"),
    "district.shift_leader": ("shift_leader", "D"),
    "district.leader": ("leader", "D"),
    "street1.acceptor": ("acceptor", "A"),
    "street1.shift_leader": ("shift_leader", "A"),
    "street1.dispatcher": ("dispatcher", "A"),
    "street2.dispatcher": ("dispatcher", "B"),
    "street2.acceptor": ("acceptor", "B"),
    "patrol1.leader": ("team_leader", "A"),
    "patrol1.member": ("patrol_member", "A"),
    "patrol2.leader": ("team_leader", "A"),
    "patrol3.leader": ("team_leader", "B"),
    "grid1.worker": ("grid_worker", "A"),
    "urban_management.desk": ("department_desk", "urban_management"),
    "urban_management.handler": ("department_handler", "urban_management"),
    "fire_rescue.desk": ("department_desk", "fire_rescue"),
    "fire_rescue.handler": ("department_handler", "fire_rescue"),
    "inspector1": ("inspector", "A"),
    "auditor": ("auditor", "D"),
    "admin": ("administrator", "D"),
    "channel": ("channel", "D"),
}
CATEGORIES: dict[str, dict[str, Any]] = {
    "E0406": {"response_mix": {"urban_management": 1}},
    "E0110": {"desk_check_allowed": True},
    "E0401": {"auto_dispatch": True},
    "E0501": {"emergency": True},
    "E0497": {"response_mix": {"urban_management": 1, "fire_rescue": 1}},
}

CLEAN = {
    "checked_at": "2026-01-01T00:00:00Z", "cells": 12, "errors": 0, "warnings": 0, "counts": {}, "truncated": [],
    "findings": [], "communities": [],
}  # fmt: skip
"""The report of a plan that nothing stands against."""


class Town:
    """The ids of what was made, by code."""

    def __init__(self) -> None:
        self.areas: dict[str, UUID] = {}
        self.organisations: dict[str, UUID] = {}
        self.accounts: dict[str, UUID] = {}
        self.cells: dict[str, UUID] = {}
        self.categories: dict[str, UUID] = {}
        self.patrols: dict[str, UUID] = {}
        self.shifts: dict[str, UUID] = {}


async def town(session: AsyncSession, prefix: str = "") -> Town:
    """Make the town. A prefix makes another jurisdiction with codes of its own, at the same place on another planet."""
    made = Town()
    await _ground(session, made, prefix)
    await _organisation(session, made, prefix)
    await _cells(session, made, prefix)
    await _catalogue(session, made, prefix)
    await _accounts(session, made, prefix)
    await _crews(session, made, prefix)
    return made


async def _add(session: AsyncSession, *rows: Any) -> None:
    session.add_all(rows)
    await session.flush()


async def _ground(session: AsyncSession, made: Town, prefix: str) -> None:
    parents = {"D": None, "A": "D", "B": "D", "A1": "A", "A2": "A", "B1": "B"}
    levels = {"D": "district", "A": "street", "B": "street"}
    lineage: dict[str, list[UUID]] = {}
    for code, parent in parents.items():
        made.areas[code] = uuid7()
        lineage[code] = [*(lineage[parent] if parent else []), made.areas[code]]
        area = Area(
            id=made.areas[code],
            code=prefix + code,
            level=levels.get(code, "community"),
            name=code,
            name_en=code,
            parent_id=made.areas[parent] if parent else None,
            lineage=lineage[code],
        )
        await _add(session, area)


async def _organisation(session: AsyncSession, made: Town, prefix: str) -> None:
    week = {str(day): [["08:00", "12:00"], ["14:00", "18:00"]] for day in range(1, 6)}
    calendar = Calendar(id=uuid7(), code=f"{prefix}cn", name="c", name_en="c", time_zone="Asia/Shanghai", weekly=week)
    await _add(session, calendar)
    for code, parent in (("D", None), ("A", "D"), ("B", "D"), ("urban_management", "D"), ("fire_rescue", "D")):
        made.organisations[code] = uuid7()
        above = [made.organisations["D"]] if parent else []
        is_centre = len(code) == 1
        node = Organisation(
            id=made.organisations[code],
            kind="centre" if is_centre else "department",
            code=prefix + code,
            name=code,
            name_en=code,
            parent_id=above[0] if above else None,
            lineage=[*above, made.organisations[code]],
        )
        await _add(session, node)
        if is_centre:
            level = 1 if parent else 2
            await _add(
                session,
                Centre(id=node.id, level=level, area_id=made.areas[code], calendar_id=calendar.id, settings={}),
            )
        else:
            await _add(session, Department(id=node.id, kind="government", area_id=made.areas["D"]))
    for area, centre in (("A1", "A"), ("A2", "A"), ("B1", "B")):
        await _add(session, CentreArea(area_id=made.areas[area], centre_id=made.organisations[centre]))


def box(column: int, row: int) -> str:
    """The polygon of a cell as WKT."""
    west, south = WEST + column * STEP, SOUTH + row * STEP
    east, north = west + STEP, south + STEP
    return f"POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"


async def _cells(session: AsyncSession, made: Town, prefix: str) -> None:
    now = await session.scalar(select(func.now())) or None
    plan = GridPlan(
        id=uuid7(), area_id=made.areas["D"], name="plan", scheme="free", source="test", read_as="wgs84",
        status="published", effective_from=now - timedelta(days=1) if now else None, report=CLEAN,
    )  # fmt: skip
    await _add(session, plan)
    at: dict[tuple[int, int], UUID] = {}
    for column in range(6):
        for row in range(2):
            area = "A1" if column < 2 else "A2" if column < 3 else "B1"  # columns of the map
            code, shift = f"{area}-{column}{row}", 20 * STEP if prefix else 0
            at[column, row] = made.cells[code] = uuid7()
            polygon = WKTElement(box(column, row) if not shift else box(column + 20, row), srid=SRID)
            places = [
                {"code": prefix + place, "level": level, "name": place, "name_en": place}
                for place, level in ((area, "community"), (area[0], "street"), ("D", "district"))
            ]
            cell = GridCell(
                id=at[column, row], plan_id=plan.id, area_id=made.areas[area], code=prefix + code,
                community_code=prefix + area, kind="unit", boundary=polygon,
                area_m2=1e6, places=places, valid_from=plan.effective_from,
            )  # fmt: skip
            await _add(session, cell)
    for (column, row), cell_id in at.items():
        for other in ((column + 1, row), (column - 1, row), (column, row + 1), (column, row - 1)):
            if other in at:
                session.add(CellNeighbour(cell_id=cell_id, neighbour_id=at[other]))
    await session.flush()


async def _catalogue(session: AsyncSession, made: Town, prefix: str) -> None:
    scheme = CategoryScheme(
        id=uuid7(), area_id=made.areas["D"], code=f"{prefix}s", edition="1", title="s", title_en="s", source="test",
        is_current=True, published_at=await session.scalar(select(func.now())),
    )  # fmt: skip
    await _add(session, scheme)
    for code, rules in CATEGORIES.items():
        made.categories[code] = uuid7()
        category = Category(
            id=made.categories[code], scheme_id=scheme.id, code=code, domain="urban_management", main_class="E04",
            name=code, name_en=code, default_priority=2, rules=CategoryRules(**rules).model_dump(mode="json"),
        )  # fmt: skip
        await _add(session, category)
        limits = {"handle": {"amount": 2, "unit": "urgent_hour"}, "total": {"amount": 1, "unit": "natural_day"}}
        standard = Standard(
            category_id=category.id, code=f"{code}-1", filing_condition="立案", filing_condition_en="file",
            closing_condition="结案", closing_condition_en="close", limits=limits, is_default=True,
        )  # fmt: skip
        await _add(session, standard)


async def _accounts(session: AsyncSession, made: Town, prefix: str) -> None:
    for username, (role, place) in ROLES.items():
        made.accounts[username] = uuid7()
        await _add(session, Account(id=made.accounts[username], username=prefix + username, display_name=username))
        organisation = made.organisations[place]
        session.add(RoleGrant(account_id=made.accounts[username], role=role, organisation_id=organisation))
    await session.flush()


CREWS = {
    "P-001": ("A", ("patrol1.leader", "patrol1.member"), (118.606, 32.006)),
    "P-002": ("A", ("patrol2.leader",), (118.615, 32.015)),
    "P-101": ("B", ("patrol3.leader",), (118.645, 32.006)),
}


async def _crews(session: AsyncSession, made: Town, prefix: str) -> None:
    now = await session.scalar(select(func.now()))
    assert now is not None
    starts, ends = now - timedelta(hours=2), now + timedelta(hours=6)
    for code, (centre, crew, (lon, lat)) in CREWS.items():
        beat = Beat(id=uuid7(), organisation_id=made.organisations[centre], code=code, name=code, name_en=code)
        await _add(session, beat)
        letter = centre + "1"
        session.add_all(BeatCell(beat_id=beat.id, cell_id=i) for c, i in made.cells.items() if c.startswith(letter))
        made.patrols[code], made.shifts[code] = uuid7(), uuid7()
        home = made.organisations[centre]
        patrol = Patrol(
            id=made.patrols[code], code=prefix + code, name=code, name_en=code, centre_id=home, vehicle="car"
        )
        await _add(session, patrol)
        shift = Shift(
            id=made.shifts[code], patrol_id=patrol.id, centre_id=home, beat_id=beat.id, starts_at=starts, ends_at=ends,
            signed_on_at=starts,
        )  # fmt: skip
        await _add(session, shift)
        for seat, username in enumerate(crew):
            department = made.organisations["urban_management"]
            officer = Officer(
                id=uuid7(), number=f"{prefix}{code}-{seat}", display_name=username, department_id=department,
                centre_id=home, account_id=made.accounts[username], skills=[],
            )  # fmt: skip
            await _add(session, officer)
            session.add(
                CrewMember(
                    shift_id=shift.id, officer_id=officer.id, department_id=department, is_leader=seat == 0,
                    account_id=made.accounts[username], during=Range(starts, ends),
                )
            )  # fmt: skip
        away = 20 * STEP if prefix else 0.0
        place = WKTElement(f"POINT({lon + away} {lat})", srid=SRID)
        session.add(LatestPosition(patrol_id=patrol.id, location=place, observed_at=now))
    await session.flush()
