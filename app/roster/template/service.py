"""The use cases of shift templates: set up, changed, looked at."""

from collections.abc import Sequence
from datetime import time
from typing import Any
from uuid import UUID

from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import NotFound, Unprocessable
from app.identity.workflow import Actor, Right
from app.roster.models import ShiftTemplate
from app.roster.queries import beats_by_code, centre_by_code, patrols_by_code
from app.roster.schemas import Named
from app.roster.service import must_run
from app.roster.template import queries
from app.roster.template.queries import TemplateRow
from app.roster.template.schemas import CrewWanted, TemplateIn, TemplateOut, TemplatePatch


async def open_template(session: Session, by: Actor, body: TemplateIn) -> TemplateOut:
    """Set up a template at a centre whose duty the caller runs.

    Raises:
        Unprocessable: there is no such centre, or it has no such patrol or beat, or there is no such department.
    """
    centre = await centre_by_code(session, body.centre)
    if centre is None or not by.may_at(Right.DUTY_WRITE, centre.id):
        raise Unprocessable(f"There is no centre {body.centre} whose duty you run.")
    facts = _columns(body.model_dump(exclude={"id", "centre"}))
    template = ShiftTemplate(id=body.id or uuid7(), centre_id=centre.id, **facts)
    _period_holds(template)
    await _crews_can_be_had(session, by, centre.id, body.crews)
    session.add(template)
    return await _settled(session, by, template, "shift_template.opened")


async def change_template(
    session: Session, by: Actor, template_id: UUID, body: TemplatePatch, based_on: int
) -> TemplateOut:
    """Change a template. Rosters made of it stay as they are until they are generated again."""
    template = await queries.template_held(session, by, template_id)
    if template is None:
        raise NotFound
    must_run(by, template.centre_id)
    require_version(based_on, template.version)
    given = {
        name: value for name, value in body.model_dump().items() if name in body.model_fields_set and value is not None
    }
    if "valid_until" in body.model_fields_set:
        given["valid_until"] = body.valid_until
    for name, value in _columns(given).items():
        setattr(template, name, value)
    _period_holds(template)
    await _crews_can_be_had(session, by, template.centre_id, body.crews or [])
    template.version += 1
    return await _settled(session, by, template, "shift_template.changed")


async def template(session: Session, caller: Actor, template_id: UUID) -> TemplateOut:
    """One template."""
    row = await queries.template(session, caller, template_id)
    if row is None:
        raise NotFound
    return shown(row)


async def templates(
    session: Session, caller: Actor, centre: str | None, after: UUID | None, limit: int
) -> list[TemplateOut]:
    """Templates of the centres the caller reaches, one more than asked for."""
    return [shown(row) for row in await queries.templates(session, caller, centre, after, limit)]


async def of_centre(session: Session, centre_id: UUID, codes: Sequence[str] | None) -> list[TemplateOut]:
    """A centre's templates by their code, those with these codes or all.

    Raises:
        Unprocessable: a code is not one of the centre's templates.
    """
    found = [shown(row) for row in await queries.of_centre(session, centre_id, codes)]
    if missing := sorted(set(codes or ()) - {template.code for template in found}):
        raise Unprocessable(f"The centre has no shift template {missing[0]}.", missing=missing)
    return found


def shown(row: TemplateRow) -> TemplateOut:
    """A template as it is shown."""
    template, centre = row
    facts = {name: getattr(template, name) for name in TemplateOut.model_fields if name != "centre"}
    return TemplateOut.model_validate(facts | {"centre": Named.model_validate(centre)})


def _columns(facts: dict[str, Any]) -> dict[str, Any]:
    """What was sent, as the table keeps it."""
    return facts | ({"starts": time.fromisoformat(facts["starts"])} if "starts" in facts else {})


def _period_holds(template: ShiftTemplate) -> None:
    if template.valid_until is not None and template.valid_until < template.valid_from:
        raise Unprocessable("A template is valid until a day that is not before the first.")


async def _crews_can_be_had(session: Session, by: Actor, centre_id: UUID, crews: Sequence[CrewWanted]) -> None:
    """Every patrol and beat that is named is the centre's, and every department one that the caller sees."""
    patrols = {crew.patrol for crew in crews if crew.patrol}
    beats = {beat for crew in crews for beat in crew.beats}
    departments = {code for crew in crews for code in crew.mix}
    held = await patrols_by_code(session, by, patrols)
    own = {code for code, patrol in held.items() if patrol.centre_id == centre_id}
    drawn = {code for _, code in await beats_by_code(session, [centre_id], beats)}
    known = await queries.departments(session, by, departments)
    missing = {"patrol": patrols - own, "beat": beats - drawn, "department": departments - known}
    for kind, codes in missing.items():
        if codes:
            raise Unprocessable(f"The centre can have no {kind} {min(codes)}.", missing=sorted(codes))


async def _settled(session: Session, by: Actor, template: ShiftTemplate, topic: str) -> TemplateOut:
    await session.flush()
    await session.refresh(template)
    facts = {"version": template.version, "code": template.code, "centre_id": str(template.centre_id)}
    outbox.record(session, topic, template.id, [template.centre_id], **facts)
    row = await queries.template(session, by, template.id)
    assert row is not None, "it has just been made"  # noqa: S101  # a programming error
    return shown(row)
