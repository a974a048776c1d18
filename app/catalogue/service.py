"""The use cases of the catalogue: an edition taken in, published, looked up."""

from typing import Any
from uuid import UUID

from app.agency.workflow import may
from app.catalogue import queries
from app.catalogue.models import Category, CategoryScheme, Standard
from app.catalogue.schemas import (
    CategoryDetail,
    CategoryFilter,
    CategoryIn,
    CategoryOut,
    Language,
    SchemeIn,
    SchemeOut,
    StandardOut,
    plain,
)
from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import Conflict, NotFound, Unprocessable
from app.identity.queries import now
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right


class PublishedAlready(Conflict):
    """The edition has been published: it is never changed, only followed by another."""


async def require_catalogue(session: Session, by: Actor, area_id: UUID | None) -> None:
    """Refuse a caller who does not administer the jurisdiction of this root area; with none, all of them.

    Raises:
        Forbidden: the caller may not.
    """
    centre_id = None if area_id is None else await queries.root_centre(session, area_id)
    if not may(by, Right.CATALOGUE_WRITE, centre_id):
        raise Forbidden("You do not administer the catalogue of this jurisdiction.")


async def jurisdiction(session: Session, code: str) -> UUID:
    """The root area with this code.

    Raises:
        Unprocessable: there is none, or the area lies below another.
    """
    area = await queries.root_area(session, code)
    if area is None:
        raise Unprocessable(f"There is no area {code} at the root of a jurisdiction.")
    return area.id


async def import_scheme(session: Session, by: Actor, body: SchemeIn) -> SchemeOut:
    """Take a whole edition in, as a draft."""
    area_id = await jurisdiction(session, body.area)
    await require_catalogue(session, by, area_id)
    facts = body.model_dump(include={"code", "edition", "title", "title_en", "source"})
    scheme = CategoryScheme(id=body.id or uuid7(), area_id=area_id, is_current=False, **facts)
    session.add(scheme)
    await session.flush()
    for given in body.categories:
        category = _category(scheme, given)
        session.add(category)
        session.add_all(_standards(category, given))
    await session.flush()
    return await show_scheme(session, scheme.id)


def _category(scheme: CategoryScheme, given: CategoryIn) -> Category:
    facts = given.model_dump(mode="json", exclude={"standards"})
    return Category(id=uuid7(), scheme_id=scheme.id, **facts)


def _standards(category: Category, given: CategoryIn) -> list[Standard]:
    return [
        Standard(
            id=uuid7(),
            category_id=category.id,
            limits=plain(standard.limits),
            **standard.model_dump(exclude={"limits"}),
        )
        for standard in given.standards
    ]


async def publish_scheme(session: Session, by: Actor, id: UUID, based_on: int) -> SchemeOut:
    """Put an edition in force for its jurisdiction. The one before stays, for the incidents that were filed by it.

    Raises:
        PublishedAlready: it has been published before.
        Unprocessable: its rules name departments that the jurisdiction does not have.
    """
    scheme = await _draft(session, by, id, based_on)
    if unknown := await _unknown_departments(session, scheme):
        raise Unprocessable("Rules name departments that do not exist.", departments=unknown)
    await queries.retire(session, scheme.area_id)
    scheme.is_current, scheme.published_at = True, await now(session)
    scheme.version += 1
    scope = list(await queries.centres_of(session, scheme.area_id))
    outbox.record(session, "category_scheme.published", scheme.id, scope, code=scheme.code, edition=scheme.edition)
    await session.flush()
    return await show_scheme(session, scheme.id)


async def drop_scheme(session: Session, by: Actor, id: UUID, based_on: int) -> None:
    """Throw a draft away.

    Raises:
        PublishedAlready: incidents may have been filed by it.
    """
    await session.delete(await _draft(session, by, id, based_on))


async def _draft(session: Session, by: Actor, id: UUID, based_on: int) -> CategoryScheme:
    scheme = await queries.scheme_held(session, by, id)
    if scheme is None:
        raise NotFound
    await require_catalogue(session, by, scheme.area_id)
    require_version(based_on, scheme.version)
    if scheme.published_at is not None:
        raise PublishedAlready
    return scheme


async def _unknown_departments(session: Session, scheme: CategoryScheme) -> list[str]:
    named: set[str] = set()
    for rules in await queries.named_departments(session, scheme.id):
        lead = rules.get("lead_department")
        named.update(rules["response_mix"], rules["assist_departments"], [lead] if lead else [])
    return sorted(named - set(await queries.known_departments(session, scheme.area_id, sorted(named))))


async def show_scheme(session: Session, id: UUID) -> SchemeOut:
    """An edition as it is shown."""
    return SchemeOut.model_validate(await queries.scheme(session, id))


def show_category(row: Any, language: Language) -> CategoryOut:
    """A category as it is shown, labelled in a language."""
    return CategoryOut.model_validate(row).speaking(language)


async def find_category(session: Session, caller: Actor, wanted: CategoryFilter, language: Language) -> CategoryDetail:
    """The category asked for, with its standards."""
    rows = await queries.categories(session, caller, wanted, None, 1)
    if not rows:
        raise NotFound
    standards = [StandardOut.model_validate(row) for row in await queries.standards_of(session, rows[0].id)]
    shown = show_category(rows[0], language)
    return CategoryDetail(**shown.model_dump(), standards=standards)
