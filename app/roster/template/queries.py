"""Every statement about shift templates."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import Select

from app.agency.queries import seen
from app.identity.models import Organisation, OrganisationKind
from app.identity.workflow import Actor
from app.roster.models import ShiftTemplate
from app.roster.queries import at_or_below

TemplateRow = Row[ShiftTemplate, Organisation]


def _templates() -> Select[ShiftTemplate, Organisation]:
    return select(ShiftTemplate, Organisation).join(Organisation, Organisation.id == ShiftTemplate.centre_id)


async def template(session: AsyncSession, caller: Actor, template_id: UUID) -> TemplateRow | None:
    """One template of a centre the caller reaches."""
    found = _templates().where(ShiftTemplate.id == template_id, ShiftTemplate.centre_id.in_(caller.centres))
    return (await session.execute(found)).one_or_none()


async def template_held(session: AsyncSession, caller: Actor, template_id: UUID) -> ShiftTemplate | None:
    """One template of a centre the caller reaches, held until commit."""
    found = select(ShiftTemplate).where(ShiftTemplate.id == template_id, ShiftTemplate.centre_id.in_(caller.centres))
    return await session.scalar(found.with_for_update())


async def templates(
    session: AsyncSession, caller: Actor, centre: str | None, after: UUID | None, limit: int
) -> Sequence[TemplateRow]:
    """Templates of the centres the caller reaches in the order they were made, one more than asked for."""
    found = _templates().where(ShiftTemplate.centre_id.in_(caller.centres)).order_by(ShiftTemplate.id).limit(limit + 1)
    if centre is not None:
        found = found.where(at_or_below(centre))
    return (await session.execute(found if after is None else found.where(ShiftTemplate.id > after))).all()


async def of_centre(session: AsyncSession, centre_id: UUID, codes: Collection[str] | None) -> Sequence[TemplateRow]:
    """A centre's templates by their code, those with these codes or all."""
    found = _templates().where(ShiftTemplate.centre_id == centre_id).order_by(ShiftTemplate.code)
    return (await session.execute(found if codes is None else found.where(ShiftTemplate.code.in_(codes)))).all()


async def departments(session: AsyncSession, caller: Actor, codes: Collection[str]) -> set[str]:
    """Those of some codes that are of departments the caller sees."""
    kind = Organisation.kind == OrganisationKind.DEPARTMENT.value
    named = select(Organisation.code).where(Organisation.code.in_(codes), kind, seen(caller))
    return set(await session.scalars(named))
