"""The statements about sets of routing rules."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, Select, any_, bindparam, func, literal_column, select
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased

from app.core.db import Hot, Session
from app.identity.models import Organisation
from app.identity.workflow import Actor
from app.policy import queries
from app.policy.models import RoutingSet
from app.policy.workflow import EditionState


def _sets() -> Select[Any]:
    return queries.editions(RoutingSet).add_columns(func.jsonb_array_length(RoutingSet.rules).label("rule_count"))


async def sets(  # what is asked for, and a page
    session: Session, caller: Actor, centre: str | None, state: EditionState | None, after: UUID | None, limit: int
) -> Sequence[Any]:
    """Sets the caller sees, one more than asked for."""
    statement = queries.of(_sets(), RoutingSet, centre, state)
    return await queries.edition_page(session, statement, RoutingSet, caller, after, limit)


async def one(session: Session, caller: Actor, id: UUID) -> Any:
    """One set with its rules and report, if the caller sees it."""
    detail = _sets().add_columns(RoutingSet.rules, RoutingSet.report)
    return await queries.edition_shown(session, detail, RoutingSet, caller, id)


async def set_with_id(session: Session, id: UUID) -> RoutingSet:
    """A set."""
    return await session.get_one(RoutingSet, id)


def _rules() -> Executable:
    """A set's rules, the departments they name as they are shown, and whose edition it is."""
    place = aliased(Organisation)
    shown = func.json_build_object(
        literal_column("'id'"), place.id,
        literal_column("'code'"), place.code,
        literal_column("'name'"), place.name,
        literal_column("'name_en'"), place.name_en,
    )  # fmt: skip
    named = select(func.json_agg(shown)).where(
        place.code == any_(RoutingSet.departments), place.kind == literal_column("'department'")
    )
    columns = (RoutingSet.rules, RoutingSet.edition, Organisation.code.label("centre"))
    joined = select(*columns, named.scalar_subquery().label("departments"))
    joined = joined.join(Organisation, Organisation.id == RoutingSet.centre_id)
    return joined.where(RoutingSet.id == bindparam("set_id", type_=PgUUID(as_uuid=True)))


RULES = Hot(_rules)
