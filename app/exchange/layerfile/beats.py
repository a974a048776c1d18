"""A beat that is brought in: known by its centre and code, made of the cells in force that its shape holds."""

import re
from typing import Any

from app.core.db import Session
from app.core.problems import Unprocessable
from app.exchange.layerfile.workflow import Brought, Outcome
from app.grid.beat import service
from app.grid.beat.schemas import BeatIn, BeatPatch
from app.identity.workflow import Actor

SURFACES = ("Polygon", "MultiPolygon")
APART = re.compile(r"[\s,;，；、]+")


async def bring(session: Session, caller: Actor, one: Brought) -> Outcome:
    """Make it, or change what is different. `cell_codes` says its cells where there is no shape."""
    given = one.given("code", "name", "name_en") | {"organisation": one.properties.get("centre")}
    body = BeatIn.model_validate(given | {"cells": await _cells(session, one)})
    there = await service.beat_named(session, caller, body.organisation, body.code)
    if there is None:
        await service.make_beat(session, caller, body)
        return Outcome.NEW
    different: dict[str, Any] = {
        name: value for name in ("name", "name_en") if (value := getattr(body, name)) != getattr(there, name)
    }
    if set(body.cells) != set(there.cells):
        different["cells"] = body.cells
    if not different:
        return Outcome.SAME
    await service.change_beat(session, caller, there.id, BeatPatch.model_validate(different), there.version)
    return Outcome.CHANGED


async def _cells(session: Session, one: Brought) -> list[str]:
    if listed := one.properties.get("cell_codes"):
        return [code for code in APART.split(str(listed)) if code]
    if one.geometry is None or one.geometry["type"] not in SURFACES:
        raise Unprocessable("A beat has a shape, or its cells in cell_codes.")
    found = await service.cells_within(session, one.geometry)
    if not found:
        raise Unprocessable("No cell in force has its middle in this shape.")
    return found
