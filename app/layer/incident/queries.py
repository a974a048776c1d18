"""The statements' incidents: in parts by the way in which they are seen, since of a million few may be in sight."""

from typing import Any

from sqlalchemy import ARRAY, Select, and_, func, select
from sqlalchemy import bindparam as given
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.sql.selectable import TableValuedAlias

from app.agency.models import Centre
from app.catalogue.models import Category
from app.grid.models import GridCell
from app.identity.models import Organisation
from app.incident.models import Incident
from app.incident.queries import visible, visible_parts

NEVER_EMPTY = frozenset({"status", "is_open", "priority", "source", "reported_at"})
"""Properties that every incident has: an order by them asks nothing of nulls, so that an index can give it."""
AT_CENTRES, *OTHERWISE = visible_parts()


def whole() -> Select[Any]:
    """All that the caller sees, where an id or a place finds few: those are asked the condition as a whole."""
    return told().where(visible())


def parts() -> list[Select[Any]]:
    """All that the caller sees, none of them twice."""
    return [told().where(AT_CENTRES), *otherwise()]


def otherwise() -> list[Select[Any]]:
    """Those that the caller sees although they are at none of their centres."""
    return [told().where(part) for part in OTHERWISE]


def at_each_centre() -> tuple[TableValuedAlias, Select[Any]]:
    """The caller's centres, and what is at one of them: its newest come in the order of its index."""
    ids = given("centres", type_=ARRAY(PgUUID(as_uuid=True)))
    place = func.unnest(ids).table_valued("id").render_derived(name="place")
    return place, told().where(Incident.home_centre_id == place.c.id)


def told() -> Select[Any]:
    """What is shown of incidents. A join finds one row or none: the database leaves out those that nobody asks for."""
    i = Incident
    is_open = i.closed_at.is_(None)
    columns: tuple[Any, ...] = (
        i.id,
        i.location.label("geometry"),
        i.number,
        i.status,
        is_open.label("is_open"),
        i.priority,
        Category.code.label("category"),
        Category.domain,
        i.source,
        GridCell.code.label("cell"),
        Centre.level,
        Organisation.code.label("centre"),
        i.reported_at,
        i.due_at,
        and_(is_open, func.coalesce(i.due_at < func.now(), False)).label("is_overdue"),
        i.closed_at,
    )
    return (
        select(*columns)
        .select_from(i)
        .outerjoin(Category, Category.id == i.category_id)
        .outerjoin(GridCell, GridCell.id == i.cell_id)
        .outerjoin(Centre, Centre.id == i.commanding_centre_id)
        .outerjoin(Organisation, Organisation.id == i.commanding_centre_id)
    )
