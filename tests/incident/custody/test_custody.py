"""Originals over HTTP: read by few, for a purpose, checked, and every reading is on record."""

import hashlib
import re
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from obstore.store import MemoryStore
from sqlalchemy import update

from app.core.db import Database
from app.core.ids import uuid7
from app.incident.custody import service
from app.incident.evidence.bucket import Bucket
from app.incident.evidence.models import Custody
from app.incident.evidence.store import whole
from tests.hands import Hands
from tests.incident.pictures import attached, photograph, picture

CONTENT = photograph()
WHY = "compared with the court's copy"


async def original(hands: Hands, who: str, made: dict[str, Any], purpose: str | None = WHY) -> httpx.Response:
    asked = {} if purpose is None else {"purpose": purpose}
    return await hands.get(who, f"/v1/evidence/{made['id']}/original", **asked)


async def lines(hands: Hands, made: dict[str, Any], who: str = "street1.shift_leader") -> list[Any]:
    answer = await hands.get(who, f"/v1/evidence/{made['id']}/custody")
    assert answer.status_code == 200, answer.text
    return [(line["act"], line["actor"], line["purpose"]) for line in answer.json()["items"]]


def file_of(api: FastAPI, made: dict[str, Any]) -> Path:
    found: Path = api.state.settings.data_dir / "evidence" / "original" / made["sha256"][:2] / made["sha256"]
    return found


async def hold(hands: Hands, who: str, made: dict[str, Any], *, is_held: bool = True, version: Any = 1) -> Any:
    body = {"is_held": is_held, "reason": "行政复议期间"}
    return await hands.post(who, f"/v1/evidence/{made['id']}/hold", body, version)


async def test_the_original_comes_as_it_was_sent_and_the_reading_is_on_record(hands: Hands) -> None:
    made = await attached(hands, await hands.report(), CONTENT)
    for who in ("street1.shift_leader", "district.leader"):
        answer = await original(hands, who, made)
        assert (answer.status_code, answer.content) == (200, CONTENT)
    assert hashlib.sha256(answer.content).hexdigest() == made["sha256"]
    assert await lines(hands, made) == [
        ("received", "patrol1.member", None),
        ("cleaned", "patrol1.member", None),
        ("read_original", "street1.shift_leader", WHY),
        ("read_original", "district.leader", WHY),
    ]


async def test_an_original_is_saved_and_never_shown(hands: Hands) -> None:
    made = await attached(hands, await hands.report(), CONTENT)
    answer = await original(hands, "street1.shift_leader", made)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == f'attachment; filename="{made["id"]}.original.jpg"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_without_a_purpose_or_the_right_there_none_is_read_and_no_line_is_written(hands: Hands) -> None:
    made = await attached(hands, await hands.report(), CONTENT)
    for purpose in (None, "", "  a ", "x" * 501):
        assert (await original(hands, "street1.shift_leader", made, purpose)).status_code == 422
    for who in ("street1.dispatcher", "patrol1.member", "auditor"):
        assert (await original(hands, who, made)).status_code == 403
    assert (await original(hands, "street2.dispatcher", made)).status_code == 403
    assert len(await lines(hands, made)) == 2


async def test_who_does_not_see_the_incident_finds_nothing(hands: Hands) -> None:
    made = await attached(hands, await hands.report(), CONTENT)
    assert (await hands.get("street2.dispatcher", f"/v1/evidence/{made['id']}/custody")).status_code == 404
    assert (await original(hands, "street1.shift_leader", {"id": uuid7()})).status_code == 404


async def test_custody_is_for_auditors_and_for_whoever_may_read_originals_there(hands: Hands) -> None:
    made = await attached(hands, await hands.report(), CONTENT)
    assert len(await lines(hands, made, "auditor")) == 2
    answer = await hands.get("street1.dispatcher", f"/v1/evidence/{made['id']}/custody")
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")


async def test_custody_comes_in_pages(hands: Hands) -> None:
    made = await attached(hands, await hands.report(), CONTENT)
    await original(hands, "street1.shift_leader", made)
    path, found, cursor = f"/v1/evidence/{made['id']}/custody", [], dict[str, str]()
    while True:
        page = (await hands.get("auditor", path, limit=1, **cursor)).json()
        found += [line["act"] for line in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == ["received", "cleaned", "read_original"]


async def test_an_original_that_was_changed_is_not_given_out_and_that_is_on_record(hands: Hands, api: FastAPI) -> None:
    content = photograph(t270="changed later")
    made = await attached(hands, await hands.report(), content)
    file_of(api, made).write_bytes(content[:-1] + b"!")
    answer = await original(hands, "street1.shift_leader", made)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/content-lost")
    assert (await lines(hands, made))[-1] == ("damaged", "street1.shift_leader", WHY)
    file_of(api, made).unlink()
    assert (await original(hands, "street1.shift_leader", made)).json()["type"] == "/problems/content-lost"


async def test_a_served_picture_that_was_changed_never_comes_whole(hands: Hands, api: FastAPI) -> None:
    made = await attached(hands, await hands.report(), picture(size=(43, 23)))
    name = made["content_sha256"]
    file = api.state.settings.data_dir / "evidence" / name[:2] / f"{name}.jpg"
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    answer = await hands.get("street1.shift_leader", made["content"])
    assert len(answer.content) < int(answer.headers["content-length"]) == made["size_bytes"]


async def test_a_hold_is_put_and_lifted_with_a_reason(hands: Hands) -> None:
    made = await attached(hands, await hands.report(), CONTENT)
    held = await hold(hands, "street1.shift_leader", made)
    assert (held.status_code, held.json()["is_held"], held.headers["etag"]) == (200, True, '"2"')
    again = await hold(hands, "street1.shift_leader", made, version=2)
    assert (again.status_code, again.json()["version"]) == (200, 2)
    assert (await hold(hands, "street1.shift_leader", made, is_held=False, version=1)).status_code == 412
    lifted = await hold(hands, "district.leader", made, is_held=False, version=2)
    assert (lifted.json()["is_held"], lifted.json()["version"]) == (False, 3)
    assert [line[0] for line in await lines(hands, made)][2:] == ["held", "released"]


async def test_who_may_not_read_originals_may_not_hold(hands: Hands) -> None:
    made = await attached(hands, await hands.report(), CONTENT)
    for who in ("street1.dispatcher", "patrol1.member", "auditor"):
        assert (await hold(hands, who, made)).status_code == 403


async def test_pictures_are_copied_to_another_store_once_each_checked_by_its_hash(
    hands: Hands, api: FastAPI, db: Database
) -> None:
    incident = await hands.report()
    made, changed = [await attached(hands, incident, photograph(t270=f"moved {number}")) for number in range(2)]
    file_of(api, changed).write_bytes(b"not what was received")
    target = Bucket(MemoryStore())
    assert await service.move(db, api.state.store, target) == (1, 1)
    assert await service.move(db, api.state.store, target) == (0, 1)
    assert await whole(target, f"original/{made['sha256'][:2]}/{made['sha256']}") == photograph(t270="moved 0")
    assert [line[:2] for line in await lines(hands, made)][2:] == [("moved", None)]
    assert len(await lines(hands, changed)) == 2


async def test_of_pictures_whose_original_was_never_kept_what_is_served_is_copied(
    hands: Hands, api: FastAPI, db: Database
) -> None:
    made = await attached(hands, await hands.report(), photograph(t270="from before"))
    file_of(api, made).unlink()
    async with db.write() as session:
        await session.execute(update(Custody).values(details={"original_kept": False}))
    assert await service.move(db, api.state.store, Bucket(MemoryStore())) == (1, 0)


def test_custody_only_grows() -> None:
    app = Path(__file__).parents[3] / "app"
    changing = re.compile(r"(update|delete)\(Custody\)|evidence_custody")
    found = {path.name for path in app.rglob("*.py") if changing.search(path.read_text())}
    assert found == {"models.py"}
