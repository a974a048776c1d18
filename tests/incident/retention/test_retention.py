"""Pictures whose time is over: shown no more, then deleted, then that is on record; what is held stays."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update

from app.core.db import Database
from app.core.ids import uuid7
from app.incident.evidence.models import Custody
from app.incident.models import Incident
from app.incident.retention import service
from tests.hands import Hands
from tests.incident.pictures import attached, photograph

KEEP_DAYS = 180


async def closed(db: Database, incident: dict[str, Any], days: float) -> None:
    """The incident was closed so many days ago."""
    async with db.write() as session:
        ago = func.now() - timedelta(days=days)
        await session.execute(update(Incident).where(Incident.id == incident["id"]).values(closed_at=ago))


async def swept(db: Database, api: FastAPI) -> tuple[int, int]:
    """What the worker does when time is over: how many are shown no more, of how many the bytes are deleted."""
    async with db.write() as session:
        removed = await service.remove(session, KEEP_DAYS, 100)
    return removed, await service.erase(db, api.state.store, 100)


def files(api: FastAPI, made: dict[str, Any]) -> list[str]:
    """What is left of a picture in the store."""
    folder = api.state.settings.data_dir / "evidence"
    names = (made["sha256"], made["content_sha256"])
    return [path.name for path in folder.rglob("*") if path.stem in names]


def unlike() -> bytes:
    """A picture that no other test has."""
    return photograph(t270=str(uuid7()))


async def test_when_their_time_is_over_the_bytes_go_and_that_is_on_record_once(
    hands: Hands, db: Database, api: FastAPI
) -> None:
    incident = await hands.report()
    await attached(hands, incident, unlike())
    await closed(db, incident, KEEP_DAYS - 0.1)
    assert await swept(db, api) == (0, 0)
    await closed(db, incident, KEEP_DAYS + 0.1)
    assert (await swept(db, api), await swept(db, api)) == ((1, 1), (0, 0))
    async with db.read() as session:
        lines = (await session.execute(select(Custody.act, Custody.account_id).order_by(Custody.id))).all()
    assert [line.act for line in lines] == ["received", "cleaned", "deleted"]
    assert lines[-1].account_id is None


async def test_what_is_removed_is_on_record_and_its_bytes_are_410(hands: Hands, db: Database, api: FastAPI) -> None:
    incident = await hands.report()
    made = await attached(hands, incident, unlike())
    await closed(db, incident, 181)
    await swept(db, api)
    now = (await hands.get("street1.shift_leader", f"/v1/evidence/{made['id']}")).json()
    assert (now["sha256"], now["removed_at"] is None, now["version"]) == (made["sha256"], False, 2)
    for path in (made["content"], f"/v1/evidence/{made['id']}/original"):
        answer = await hands.get("street1.shift_leader", path, purpose="looking at it")
        assert (answer.status_code, answer.json()["type"]) == (410, "/problems/content-removed")
        assert answer.json()["removed_at"] == now["removed_at"]
    body = {"is_held": True, "reason": "too late now"}
    assert (await hands.post("street1.shift_leader", f"/v1/evidence/{made['id']}/hold", body, 2)).status_code == 410


async def test_what_is_held_stays_until_it_is_released(hands: Hands, db: Database, api: FastAPI) -> None:
    incident = await hands.report()
    made = await attached(hands, incident, unlike())
    path, body = f"/v1/evidence/{made['id']}/hold", {"is_held": True, "reason": "行政复议期间"}
    assert (await hands.post("street1.shift_leader", path, body, 1)).status_code == 200
    await closed(db, incident, 1000)
    assert await swept(db, api) == (0, 0)
    assert len(files(api, made)) == 2
    assert (await hands.post("street1.shift_leader", path, body | {"is_held": False}, 2)).status_code == 200
    assert await swept(db, api) == (1, 1)
    assert files(api, made) == []


async def test_bytes_that_another_picture_needs_stay(hands: Hands, db: Database, api: FastAPI) -> None:
    old, new, content = await hands.report(), await hands.report(), unlike()
    first, second = await attached(hands, old, content), await attached(hands, new, content)
    await closed(db, old, 181)
    assert await swept(db, api) == (1, 1)
    assert (await hands.get("street1.acceptor", first["content"])).status_code == 410
    assert (await hands.get("street1.acceptor", second["content"])).status_code == 200
    await closed(db, new, 181)
    assert await swept(db, api) == (1, 1)
    assert files(api, second) == []


async def test_an_open_incident_keeps_its_pictures_and_those_of_what_was_merged_into_it(
    hands: Hands, db: Database, api: FastAPI
) -> None:
    master, other = await hands.report(), await hands.report()
    made = await attached(hands, other, unlike())
    await hands.moved("street1.acceptor", other, "merge", master_id=master["id"])
    await closed(db, other, 1000)
    assert await swept(db, api) == (0, 0)
    await closed(db, master, 181)
    assert await swept(db, api) == (1, 1)
    assert files(api, made) == []


async def test_the_same_picture_taken_in_anew_is_there_again(hands: Hands, db: Database, api: FastAPI) -> None:
    old, new, content = await hands.report(), await hands.report(), unlike()
    await attached(hands, old, content)
    await closed(db, old, 181)
    await swept(db, api)
    made = await attached(hands, new, content)
    assert (await hands.get("street1.acceptor", made["content"])).status_code == 200


@pytest.mark.parametrize("stage", [1, 2])
async def test_a_worker_that_dies_between_is_followed_by_one_that_goes_on(
    hands: Hands, db: Database, api: FastAPI, stage: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = await hands.report()
    made = await attached(hands, incident, unlike())
    await closed(db, incident, 181)
    async with db.write() as session:
        assert await service.remove(session, KEEP_DAYS, 100) == 1
    with monkeypatch.context() as dying:
        if stage == 1:
            dying.setattr(api.state.store, "delete", _die)
        else:
            dying.setattr("app.incident.retention.queries.erased", _die)
        with pytest.raises(ConnectionResetError):
            await service.erase(db, api.state.store, 100)
    assert await service.erase(db, api.state.store, 100) == 1
    assert files(api, made) == []


async def _die(*_: Any) -> None:
    raise ConnectionResetError
