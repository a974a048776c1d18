"""The demo district in a real database, put there through the services."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from app.agency.models import Centre, CentreArea, Competence, Department, Officer
from app.catalogue.models import Category, CategoryScheme, Standard
from app.core.db import Base, Database
from app.core.settings import Settings
from app.grid.models import Area, Beat, CellNeighbour, GridCell, GridPlan
from app.identity.models import Account, RoleGrant
from app.identity.service import NotSignedIn, sign_in
from app.patrol.models import LatestPosition
from app.policy.models import EscalationPolicy, RoutingSet
from app.roster.check.service import check
from app.roster.models import CrewMember, Patrol, Roster, Shift
from app.roster.period import service as rosters
from app.roster.period.schemas import RosterFilter
from app.roster.workflow import RosterStatus
from seed import demo_password, sow_into, usernames
from seed.load import duty, files, steps
from tests import databases
from tests.conftest import SECRET

PASSWORD = "a password for the demo"


@pytest.fixture(scope="module")
async def sown(template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """A database with the demo district, made once for all tests here."""
    async with databases.copied(template, "sown") as url:
        folder = tmp_path_factory.mktemp("sown")
        settings = Settings.model_validate(
            {"database_url": url, "secret": SECRET, "data_dir": folder, "unsafe_database": True}
        )
        assert await sow_into(Database(settings), PASSWORD)
        database = Database(settings)
        await database.open()
        yield database
        await database.close()


async def count(database: Database, model: type[Base]) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def running(database: Database) -> Counter[tuple[bool, bool]]:
    """How many shifts run now, by whether their crew is on duty and has a position."""
    async with database.read() as session:
        on_duty = Shift.signed_on_at.is_not(None) & Shift.signed_off_at.is_(None)
        statement = select(on_duty, LatestPosition.patrol_id.is_not(None)).outerjoin(
            LatestPosition, LatestPosition.patrol_id == Shift.patrol_id
        )
        rows = await session.execute(statement.where(Shift.starts_at <= func.now(), Shift.ends_at > func.now()))
        return Counter((bool(on), bool(seen)) for on, seen in rows)


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        *[(Area, 141), (GridCell, 610), (GridPlan, 1), (Beat, 45)],
        *[(Centre, 10), (Department, 16), (Competence, 128), (Officer, 166), (Patrol, 40), (Account, 25)],
        *[(Category, 53), (Standard, 63), (RoutingSet, 2), (EscalationPolicy, 1)],
    ],
)
async def test_everything_in_the_files_is_in_the_database(sown: Database, model: type[Base], wanted: int) -> None:
    assert await count(sown, model) == wanted


async def test_the_grid_is_in_force_with_its_neighbours_and_every_cell_has_a_centre(sown: Database) -> None:
    async with sown.read() as session:
        commanded = select(CentreArea.centre_id).where(CentreArea.area_id == GridCell.area_id).exists()
        in_force = select(func.count()).where(GridCell.valid_from <= func.now(), GridCell.valid_until.is_(None))
        assert await session.scalar(in_force.where(commanded)) == 610
        assert (await session.scalar(select(func.count()).select_from(CellNeighbour)) or 0) > 610 * 4


async def test_a_zone_is_commanded_by_the_centre_that_names_it(sown: Database) -> None:
    async with sown.read() as session:
        named = (
            select(Centre.area_id)
            .join(CentreArea, CentreArea.centre_id == Centre.id)
            .join(Area, Area.id == CentreArea.area_id)
        )
        code = select(Area.code).where(Area.id == named.where(Area.code == "320111450000").scalar_subquery())
        assert await session.scalar(code) == "320111001000"


async def test_the_catalogue_is_in_force(sown: Database) -> None:
    async with sown.read() as session:
        scheme = (await session.scalars(select(CategoryScheme))).one()
    assert scheme.is_current
    assert scheme.published_at is not None


async def test_everybody_signs_in_with_the_demo_password_and_the_system_with_none(sown: Database) -> None:
    async with sown.read() as session:
        assert (await sign_in(session, usernames()[-1], PASSWORD)).username == usernames()[-1]
        with pytest.raises(NotSignedIn):
            await sign_in(session, "system", PASSWORD)
        held = set(await session.scalars(select(Account.username).join(RoleGrant, RoleGrant.account_id == Account.id)))
    assert held == set(usernames())


async def test_at_least_twelve_crews_are_on_duty_and_every_one_says_where_it_is(sown: Database) -> None:
    found = await running(sown)
    assert set(found) == {(True, True)}
    assert found[True, True] >= 12


async def test_a_second_run_keeps_everything(sown: Database) -> None:
    tables = (Area, GridCell, Account, Shift, CrewMember, LatestPosition, Category)
    before = [await count(sown, table) for table in tables]
    assert not await sow_into(Database(sown.settings), "another password")
    assert [await count(sown, table) for table in tables] == before
    async with sown.read() as session:
        assert await sign_in(session, "admin", PASSWORD)


async def test_a_run_after_a_week_has_the_right_crews_on_duty_again(sown: Database) -> None:
    week = timedelta(days=7)
    async with sown.write() as session:
        began = {Shift.signed_on_at: Shift.signed_on_at - week, Shift.signed_off_at: Shift.signed_off_at - week}
        await session.execute(
            update(Shift).values({Shift.starts_at: Shift.starts_at - week, Shift.ends_at: Shift.ends_at - week} | began)
        )
        for days in (1007, -1000):  # in one step a shift would for a moment be where another is
            await session.execute(update(Shift).values(planned_on=Shift.planned_on - days))
        dates = {Roster.starts_on: Roster.starts_on - 7, Roster.ends_on: Roster.ends_on - 7}
        await session.execute(update(Roster).values(dates))
        await session.execute(
            update(CrewMember)
            .values(during=func.tstzrange(Shift.starts_at, Shift.ends_at))
            .where(CrewMember.shift_id == Shift.id)
        )
    await duty.top_up(sown, lambda _: None)
    found = await running(sown)
    assert set(found) == {(True, True)}
    assert found[True, True] >= 12


async def test_what_a_run_that_was_cut_short_left_out_is_made_by_the_next(
    own_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as cut:
        cut.setattr(files, "scheme", lambda: files.document("missing"))
        with pytest.raises(FileNotFoundError):
            await steps.make(own_db, PASSWORD, lambda _: None)
    assert (await count(own_db, Centre), await count(own_db, Category)) == (10, 0)
    said: list[str] = []
    assert await steps.make(own_db, PASSWORD, said.append)
    assert [line.split(":")[0].strip() for line in said] == ["Catalogue", "People", "Teams", "Patrol proof", "Policies"]


async def test_rules_and_ladders_are_in_force_and_nothing_is_wrong_with_them(sown: Database) -> None:
    async with sown.read() as session:
        sets = (await session.scalars(select(RoutingSet))).all()
        ladders = (await session.scalars(select(EscalationPolicy.ladders))).all()
    assert [(one.state, one.report, len(one.rules)) for one in sets] == [("published", [], 7), ("published", [], 1)]
    assert [set(one) for one in ladders] == [{"acknowledge", "handle"}]


async def test_at_any_hour_ahead_at_least_twelve_shifts_run(sown: Database) -> None:
    hours = select(
        func.generate_series(func.now(), func.now() + text("interval '6 days'"), text("interval '5 h'")).label("at")
    )
    at = hours.subquery()
    runs = select(func.count()).where(Shift.starts_at <= at.c.at, Shift.ends_at > at.c.at)
    async with sown.read() as session:
        assert min(await session.scalars(select(runs.correlate(at).scalar_subquery()).select_from(at))) >= 12


async def test_every_centre_has_a_published_roster_without_open_seats(sown: Database) -> None:
    async with sown.read() as session:
        by = await steps.system(session)
        found = await rosters.rosters(session, by, RosterFilter(status=RosterStatus.PUBLISHED), None, 100)
    assert len({roster.centre.code for roster in found}) == 10
    assert {roster.open_seats for roster in found} == {0}


async def test_a_draft_for_the_days_after_waits_for_people(sown: Database) -> None:
    async with sown.read() as session:
        by = await steps.system(session)
        (draft,) = await rosters.rosters(session, by, RosterFilter(status=RosterStatus.DRAFT), None, 100)
        named = {item.rule for item in (await check(session, by, draft.id)).unmet}
    assert 0 < draft.open_seats < draft.seats
    assert {"mix_unmet", "open_seat"} <= named
    assert "leader_missing" not in named


async def test_a_crew_that_stands_by_keeps_its_beat_and_the_others_go_round_theirs(sown: Database) -> None:
    beats = select(Patrol.code, func.count(Shift.beat_id.distinct()).label("beats")).join(
        Shift, Shift.patrol_id == Patrol.id
    )
    async with sown.read() as session:
        found = {row.code: row.beats for row in await session.execute(beats.group_by(Patrol.code))}
    assert found["P-001"] == 1
    assert found["P-004"] > 1


def test_the_password_is_the_kept_one_before_the_set_one(tmp_path: Path) -> None:
    given = {"database_url": "postgresql://x", "secret": SECRET, "data_dir": tmp_path, "demo_password": PASSWORD}
    settings = Settings.model_validate(given)
    assert demo_password(settings) == PASSWORD
    (tmp_path / "demo-password").write_text("kept before")
    assert demo_password(settings) == "kept before"
