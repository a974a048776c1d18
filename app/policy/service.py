"""The life of an edition, whatever it holds: drafted, changed, published in the place of the one before, retired."""

from typing import Any, ClassVar, TypeVar
from uuid import UUID

from app.agency.workflow import may
from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import Conflict, NotFound, Unprocessable
from app.identity.queries import now
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right
from app.policy import queries
from app.policy.models import EscalationPolicy, RoutingSet
from app.policy.schemas import EditionIn, EditionPatch
from app.policy.workflow import EDITION_ROWS, EditionAction, EditionState, may_now

Kind = TypeVar("Kind", EscalationPolicy, RoutingSet)


class IllegalEditionMove(Conflict):
    """This edition is not at that step; `allowed` lists what this caller may do."""

    members: ClassVar[dict[str, Any]] = {"state": "published", "allowed": ["retire"]}


def writes(caller: Actor, centre_id: UUID) -> bool:
    """Whether the caller decides what this centre publishes."""
    return may(caller, Right.POLICIES_WRITE, centre_id)


def _require_writer(by: Actor, centre_id: UUID) -> None:
    if not writes(by, centre_id):
        raise Forbidden("What this centre publishes is decided by its leaders and administrators.")


async def draft(session: Session, by: Actor, kind: type[Kind], body: EditionIn, **holds: Any) -> Kind:
    """Draft a centre's next edition.

    Raises:
        Unprocessable: there is no such centre that the caller sees.
        Forbidden: the caller does not decide there.
    """
    centre = await queries.centre_seen(session, by, body.centre)
    if centre is None:
        raise Unprocessable(f"There is no centre {body.centre} that you see.")
    _require_writer(by, centre.id)
    await queries.hold_centre(session, centre.id)
    number = await queries.last_edition(session, kind, centre.id) + 1
    named = {"name": body.name, "name_en": body.name_en}
    made = kind(id=body.id or uuid7(), centre_id=centre.id, edition=number, state="draft", **named, **holds)
    session.add(made)
    await session.flush()
    return made


async def held(  # one edition, and what is to be done with it
    session: Session, by: Actor, kind: type[Kind], id: UUID, action: EditionAction, based_on: int
) -> Kind:
    """An edition held for an action, until commit.

    Raises:
        NotFound, Forbidden, VersionStale.
        IllegalEditionMove: it is not in the state the action starts from.
    """
    found = await queries.edition_held(session, kind, by, id)
    if found is None:
        raise NotFound
    _require_writer(by, found.centre_id)
    require_version(based_on, found.version, state=found.state)
    state = EditionState(found.state)
    if not any(move.action is action and move.source is state for move in EDITION_ROWS):
        raise IllegalEditionMove(f"Not while it is {state}.", state=state, allowed=may_now(state, writes=True))
    return found


def rename(edition: EscalationPolicy | RoutingSet, body: EditionPatch) -> None:
    """Change a draft's names and count the change."""
    edition.name, edition.name_en = body.name or edition.name, body.name_en or edition.name_en
    edition.version += 1


async def put_in_force(session: Session, by: Actor, edition: Kind) -> list[UUID]:
    """Publish an edition that is held: it takes the place of the one in force. Says which that was.

    From its commit on it holds for whatever is decided; nothing that was decided is decided again.
    """
    replaced = await queries.end_in_force(session, type(edition), edition.centre_id, by.account_id)
    edition.state, edition.published_at = EditionState.PUBLISHED.value, await now(session)
    edition.published_by = by.account_id
    edition.version += 1
    await session.flush()
    return list(replaced)


async def end(session: Session, by: Actor, edition: EscalationPolicy | RoutingSet) -> None:
    """Take an edition that is held out of force, without another in its place."""
    edition.state, edition.ended_at = EditionState.RETIRED.value, await now(session)
    edition.ended_by = by.account_id
    edition.version += 1
    await session.flush()


def told(session: Session, topic: str, edition: EscalationPolicy | RoutingSet) -> None:
    """Record what became of an edition, for its centre."""
    facts = {"centre_id": str(edition.centre_id), "edition": edition.edition, "state": edition.state}
    outbox.record(session, topic, edition.id, [edition.centre_id], **facts)
