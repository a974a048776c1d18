"""Pictures over HTTP: taken once, freed of what the camera wrote, served to those who see the incident."""

import asyncio
import io
import zlib
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import select

from app.core.db import Database
from app.core.ids import uuid7
from app.core.outbox import Event
from tests import make
from tests.hands import Hands
from tests.incident.pictures import attach, attached, photograph, picture


async def content(hands: Hands, made: dict[str, Any]) -> bytes:
    answer = await hands.get("street1.dispatcher", made["content"])
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_a_picture_is_taken_and_shown_to_who_sees_the_incident(hands: Hands) -> None:
    incident = await hands.report()
    made = await attached(hands, incident, kind="before", lon=118.605, lat=32.005, note="占道")
    assert (made["kind"], made["media_type"], made["actor"]) == ("before", "image/jpeg", "patrol1.member")
    assert made["location"]["coordinates"] == [118.605, 32.005]
    listed = (await hands.get("street1.dispatcher", f"/v1/incidents/{incident['id']}/evidence")).json()
    assert listed == {"items": [made], "next": None}
    assert (await hands.get("street1.dispatcher", f"/v1/evidence/{made['id']}")).json() == made


async def test_the_incident_keeps_its_version_and_the_log_says_what_came(hands: Hands, db: Database) -> None:
    incident = await hands.report()
    made = await attached(hands, incident)
    now = (await hands.get("street1.acceptor", f"/v1/incidents/{incident['id']}")).json()
    assert now["version"] == incident["version"]
    assert now["evidence"] == [{"id": made["id"], "kind": "before"}]
    async with db.read() as session:
        fact = await session.scalar(select(Event).where(Event.topic == "incident.evidence_added"))
    assert fact is not None
    assert fact.payload == {"incident_id": incident["id"], "evidence_id": made["id"], "kind": "before"}
    assert fact.scope == [hands.town.organisations["A"]]


async def test_what_the_camera_wrote_is_compared_with_what_was_said_and_is_not_served(hands: Hands) -> None:
    incident = await hands.report()
    original = photograph()
    said = {"lon": 118.605, "lat": 32.006, "observed_at": "2026-11-20T02:01:00Z"}
    made = await attached(hands, incident, original, **said)
    assert made["claim"]["exif_at"] == "2026-11-20T02:00:00.000Z"
    assert made["claim"]["exif_location"]["coordinates"] == pytest.approx([118.605, 32.005])
    assert made["claim"]["claim_distance_m"] == pytest.approx(111.2, abs=0.5)
    assert made["claim"]["claim_skew_s"] == 60
    served = await content(hands, made)
    assert b"SECRET-COMMENT" in original
    assert b"SECRET-COMMENT" not in served
    assert not Image.open(io.BytesIO(served)).getexif()


async def test_a_picture_that_says_nothing_of_itself_has_no_claim(hands: Hands) -> None:
    made = await attached(hands, await hands.report(), picture(), lon=118.605, lat=32.005)
    assert made["claim"] is None


async def test_a_picture_taken_with_the_phone_on_its_side_is_served_upright(hands: Hands) -> None:
    made = await attached(hands, await hands.report(), photograph(t274=6))
    upright = Image.open(io.BytesIO(await content(hands, made)))
    assert upright.size == (20, 40)


async def test_the_kinds_of_files_that_cameras_and_screens_make_are_taken(hands: Hands) -> None:
    incident = await hands.report()
    kinds = {("PNG", "RGBA"), ("PNG", "P"), ("PNG", "I;16"), ("WEBP", "RGB"), ("JPEG", "CMYK"), ("MPO", "RGB")}
    for kind, mode in kinds:
        made = await attached(hands, incident, picture_in(mode, kind))
        assert (kind, mode, made["media_type"]) == (kind, mode, MEDIA_TYPE[kind])
        assert Image.open(io.BytesIO(await content(hands, made))).size == (40, 20)


MEDIA_TYPE = {"PNG": "image/png", "WEBP": "image/webp", "JPEG": "image/jpeg", "MPO": "image/jpeg"}


def picture_in(mode: str, kind: str) -> bytes:
    written = io.BytesIO()
    Image.new(mode, (40, 20)).save(written, kind)
    return written.getvalue()


def bomb() -> bytes:
    """A small file that says it is a picture of 30,000 by 30,000."""
    png = bytearray(picture("PNG"))
    png[16:24] = (30_000).to_bytes(4, "big") * 2
    png[29:33] = zlib.crc32(png[12:29]).to_bytes(4, "big")
    return bytes(png)


REFUSED = {
    "a text": (b"hello", 415, "not-a-picture"),
    "nothing": (b"", 415, "not-a-picture"),
    "a vector drawing": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', 415, "not-a-picture"),
    "a page": (b"<!DOCTYPE html><script>1</script>", 415, "not-a-picture"),
    "another kind of picture": (picture("GIF"), 415, "not-a-picture"),
    "a picture with a page in it": (picture(comment=b"<script>1</script>"), 422, "picture-and-page"),
    "half a picture": (picture(size=(400, 400))[:-2000], 422, "picture-damaged"),
    "the head of a picture": (picture()[:30], 415, "not-a-picture"),
    "half a PNG": (picture("PNG", (400, 400))[:-200], 422, "picture-damaged"),
    "a bomb": (bomb(), 422, "too-many-pixels"),
    "sixty million pixels": (picture("PNG", (10_000, 6_000), "1"), 422, "too-many-pixels"),
    "too many bytes": (picture() + b"\0" * (10 * 1024 * 1024), 413, "too-large"),
}


async def test_what_is_not_a_whole_picture_of_a_known_kind_is_refused_by_its_content(hands: Hands) -> None:
    incident = await hands.report()
    for name, (file, status, slug) in REFUSED.items():
        answer = await attach(hands, "patrol1.member", incident, file)
        assert (name, answer.status_code, answer.json()["type"]) == (name, status, f"/problems/{slug}")
    listed = (await hands.get("street1.dispatcher", f"/v1/incidents/{incident['id']}/evidence")).json()
    assert listed["items"] == []


WRONG: list[dict[str, Any]] = [
    {"kind": "selfie"},
    {"lon": 118.6},
    {"lon": "nan", "lat": "nan"},
    {"lon": 181, "lat": 32},
    {"datum": "bd09"},
    {"observed_at": "2026-11-20T02:01:00"},
    {"note": "a\0b"},
    {"id": "1"},
    {"colour": "red"},
]


async def test_a_form_that_says_something_wrong_is_refused(hands: Hands) -> None:
    incident = await hands.report()
    for said in WRONG:
        answer = await attach(hands, "patrol1.member", incident, picture(), **said)
        assert (said, answer.status_code, answer.json()["type"]) == (said, 422, "/problems/invalid-request")


NO_FORM = [
    ("application/json", b"{}"),
    ("application/x-www-form-urlencoded", b"kind=before&file=text"),
    ("multipart/form-data", b"x"),
    ("multipart/form-data; boundary=a", b"--a\r\nx"),
]


async def test_a_request_that_is_no_form_with_a_file_is_refused(hands: Hands) -> None:
    incident = await hands.report()
    for kind, body in NO_FORM:
        headers = hands.headers("patrol1.member") | {"Content-Type": kind}
        answer = await hands.client.post(f"/v1/incidents/{incident['id']}/evidence", headers=headers, content=body)
        assert (kind, answer.status_code // 100) == (kind, 4)
        assert answer.headers["content-type"] == "application/problem+json"


async def test_eight_copies_of_one_upload_at_once_make_one_picture(
    own_db: Database, own_client: httpx.AsyncClient, api: FastAPI
) -> None:
    async with own_db.write() as session:
        town = await make.town(session)
    hands, key = Hands(own_client, town, api.state.doorman), str(uuid7())
    incident, file = await hands.report(), picture(size=(900, 900))
    answers = await asyncio.gather(*(attach(hands, "patrol1.member", incident, file, key) for _ in range(8)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    listed = (await hands.get("street1.dispatcher", f"/v1/incidents/{incident['id']}/evidence")).json()
    assert len(listed["items"]) == 1


async def test_the_same_upload_sent_again_in_another_form_is_answered_the_same_and_kept_once(hands: Hands) -> None:
    incident, key, file = await hands.report(), str(uuid7()), photograph()
    first = await attach(hands, "patrol1.member", incident, file, key, note="a", lon=118.6, lat=32.0)
    again = await attach(hands, "patrol1.member", incident, file, key, lat=32.0, lon=118.6, note="a")
    assert first.request.headers["content-type"] != again.request.headers["content-type"]
    assert (again.status_code, again.content) == (201, first.content)
    listed = (await hands.get("street1.dispatcher", f"/v1/incidents/{incident['id']}/evidence")).json()
    assert [item["id"] for item in listed["items"]] == [first.json()["id"]]


async def test_a_key_used_for_another_picture_or_another_form_is_refused(hands: Hands) -> None:
    incident, key = await hands.report(), str(uuid7())
    assert (await attach(hands, "patrol1.member", incident, picture(), key)).status_code == 201
    for file, said in ((picture("PNG"), {}), (picture(), {"note": "b"})):
        answer = await attach(hands, "patrol1.member", incident, file, key, **said)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/key-reused")
    bare = hands.headers("patrol1.member")
    del bare["Idempotency-Key"]
    path = f"/v1/incidents/{incident['id']}/evidence"
    answer = await hands.client.post(path, headers=bare, data={"kind": "before"}, files={"file": picture()})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/key-missing")


async def test_a_client_may_choose_the_id_once(hands: Hands) -> None:
    incident, chosen = await hands.report(), str(uuid7())
    assert (await attached(hands, incident, id=chosen))["id"] == chosen
    answer = await attach(hands, "patrol1.member", incident, picture("PNG"), id=chosen)
    assert (answer.status_code, answer.json()["detail"]) == (409, "Evidence with this id exists.")


async def test_an_ended_incident_takes_no_more_pictures_but_still_answers_a_repeat(hands: Hands) -> None:
    incident, key = await hands.report(), str(uuid7())
    first = await attach(hands, "patrol1.member", incident, picture(), key)
    await hands.moved("street1.acceptor", incident, "reject", reason_code="not_ours", note="n")
    answer = await attach(hands, "patrol1.member", incident, picture())
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/incident-ended")
    assert (await attach(hands, "patrol1.member", incident, picture(), key)).content == first.content


async def test_who_does_not_see_the_incident_finds_nothing(hands: Hands) -> None:
    incident = await hands.report()
    made = await attached(hands, incident)
    assert (await attach(hands, "street2.dispatcher", incident, picture())).status_code == 404
    paths = (f"/v1/incidents/{incident['id']}/evidence", f"/v1/evidence/{made['id']}", made["content"])
    for path in (*paths, f"/v1/evidence/{uuid7()}", f"/v1/evidence/{uuid7()}/content"):
        assert (await hands.get("street2.dispatcher", path)).status_code == 404


async def test_who_only_looks_may_not_add_pictures_and_a_channel_may(hands: Hands) -> None:
    incident = await hands.report()
    answer = await attach(hands, "auditor", incident, picture())
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")
    assert (await attach(hands, "channel", incident, picture())).status_code == 404  # it reads only what it reported
    own = await hands.report("channel")
    assert (await attach(hands, "channel", own, picture())).status_code == 201


async def test_the_bytes_come_with_what_a_browser_must_know(hands: Hands) -> None:
    made = await attached(hands, await hands.report())
    answer = await hands.get("street1.dispatcher", made["content"])
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"] == f'inline; filename="{made["id"]}.jpg"'
    assert answer.headers["etag"] == f'"{made["content_sha256"]}"'
    assert answer.headers["cache-control"].startswith("private")
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = hands.headers("street1.dispatcher") | {"If-None-Match": answer.headers["etag"]}
    assert (await hands.client.get(made["content"], headers=again)).status_code == 304


async def test_a_file_is_named_by_the_hash_of_its_bytes_and_the_same_picture_is_kept_once(
    hands: Hands, api: FastAPI
) -> None:
    incident = await hands.report()
    first, second = await attached(hands, incident), await attached(hands, incident, kind="after")
    assert first["content_sha256"] == second["content_sha256"] != first["sha256"]
    name = first["content_sha256"]
    folder = api.state.settings.data_dir / "evidence" / name[:2]
    assert [path.name for path in folder.glob(f"*{name}*")] == [f"{name}.jpg"]
    assert not list(folder.glob(".*"))


async def test_a_picture_whose_file_is_lost_is_a_404_that_says_so(hands: Hands, api: FastAPI) -> None:
    made = await attached(hands, await hands.report(), picture(size=(41, 21)))
    name = made["content_sha256"]
    (api.state.settings.data_dir / "evidence" / name[:2] / f"{name}.jpg").unlink()
    answer = await hands.get("street1.dispatcher", made["content"])
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/content-lost")


async def test_the_pictures_of_a_merged_incident_are_listed_with_its_master(hands: Hands) -> None:
    master, other = await hands.report(), await hands.report()
    made = await attached(hands, other)
    await hands.moved("street1.acceptor", other, "merge", master_id=master["id"])
    listed = (await hands.get("street1.acceptor", f"/v1/incidents/{master['id']}/evidence")).json()
    assert [item["id"] for item in listed["items"]] == [made["id"]]
    assert UUID(listed["items"][0]["incident_id"]) == UUID(other["id"])
