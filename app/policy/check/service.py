"""Holding routing rules against the world as it is."""

from collections.abc import Sequence
from uuid import UUID

from app.catalogue.calendar.service import calendar_of_centre
from app.core.db import Session
from app.policy.check import queries
from app.policy.check.workflow import World
from app.policy.rule.workflow import RoutingRule


async def world(session: Session, centre_id: UUID, rules: Sequence[RoutingRule]) -> World:
    """What these rules of a centre are held against: of departments, areas and cells only those they name."""
    area_id, ground = await queries.grounds(session, centre_id)
    departments = {code for rule in rules for code in rule.departments}
    areas = {code for rule in rules for code in rule.when.areas}
    cells = {code for rule in rules for code in rule.when.cells}
    return World(
        categories=await queries.categories(session, area_id),
        departments=await queries.departments(session, ground, sorted(departments)) if departments else {},
        areas=await queries.areas(session, ground, sorted(areas)) if areas else {},
        cells=await queries.cells(session, ground, sorted(cells)) if cells else {},
        calendar=await calendar_of_centre(session, centre_id),
    )
