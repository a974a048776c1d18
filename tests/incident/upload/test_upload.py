"""A picture in pieces over HTTP: the protocol word by word, and the same end as a picture sent at once."""

import base64
import hashlib
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update

from app.core.db import Database
from app.core.ids import uuid7
from app.incident.evidence.models import Custody
from app.incident.upload import service
from app.incident.upload.models import Upload
from app.incident.upload.workflow import MOST_PIECES, OPEN_UPLOADS
from tests.hands import Hands
from tests.incident.pictures import attached, photograph, picture
from tests.incident.upload.phone import begin, begun, headers, progress, send, sent

CONTENT = photograph()


def _summed(algorithm: str, content: bytes) -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


def _kept(api: FastAPI) -> list[str]:
    """What is in the store of uploads under way."""
    folder = api.state.settings.data_dir / "evidence" / "upload"
    return [path.name for path in folder.glob("*/*")]


async def test_a_picture_in_pieces_is_on_record_like_one_sent_at_once(hands: Hands) -> None:
    incident = await hands.report()
    said = {"kind": "before", "lon": 118.605, "lat": 32.006, "observed_at": "2026-11-20T02:01:00Z", "note": "占道"}
    whole = await attached(hands, incident, CONTENT, **said)
    pieces = await sent(hands, incident, CONTENT, 1, 100, 101, said=said)
    own = {"id", "content", "created_at", "updated_at"}
    assert {k: v for k, v in pieces.items() if k not in own} == {k: v for k, v in whole.items() if k not in own}
    assert pieces["claim"]["claim_skew_s"] == 60
    bytes_of = [(await hands.get("street1.acceptor", one["content"])).content for one in (whole, pieces)]
    assert bytes_of[0] == bytes_of[1]


async def test_every_answer_says_how_far_the_upload_is_and_how_long_it_is_kept(hands: Hands) -> None:
    incident = await hands.report()
    answer = await begin(hands, incident, len(CONTENT))
    assert (answer.status_code, answer.headers["Upload-Offset"], answer.content) == (201, "0", b"")
    where = answer.headers["Location"]
    sent_first = await send(hands, where, 0, CONTENT[:50])
    asked = await progress(hands, where)
    for found in (answer, sent_first, asked):
        assert found.headers["Tus-Resumable"] == "1.0.0"
        assert parsedate_to_datetime(found.headers["Upload-Expires"]).tzinfo is not None
    assert (asked.status_code, asked.headers["Upload-Offset"]) == (200, "50")
    assert (asked.headers["Upload-Length"], asked.headers["Cache-Control"]) == (str(len(CONTENT)), "no-store")
    assert "Content-Location" not in asked.headers


async def test_what_is_spoken_here_can_be_asked_without_signing_in(hands: Hands) -> None:
    answer = await hands.client.options("/v1/evidence-uploads")
    assert answer.status_code == 204
    told = {name: answer.headers[name] for name in ("Tus-Version", "Tus-Extension", "Tus-Max-Size")}
    assert told == {
        "Tus-Version": "1.0.0",
        "Tus-Extension": "creation,expiration,checksum,termination",
        "Tus-Max-Size": str(10 * 1024 * 1024),
    }
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"


async def test_a_piece_that_does_not_begin_where_the_upload_is_is_refused_and_counts_for_nothing(hands: Hands) -> None:
    where = await begun(hands, await hands.report(), len(CONTENT))
    assert (await send(hands, where, 0, CONTENT[:50])).status_code == 204
    for at in (0, 49, 51, len(CONTENT)):
        answer = await send(hands, where, at, CONTENT[50:60])
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/offset-stale")
        assert (answer.json()["offset"], answer.headers["Tus-Resumable"]) == (50, "1.0.0")
    assert (await progress(hands, where)).headers["Upload-Offset"] == "50"


async def test_a_last_piece_sent_again_is_told_that_the_picture_is_there_once(hands: Hands) -> None:
    incident = await hands.report()
    where = await begun(hands, incident, len(CONTENT))
    assert (await send(hands, where, 0, CONTENT)).status_code == 204
    assert (await send(hands, where, 0, CONTENT)).status_code == 409
    done = await progress(hands, where)
    assert (done.headers["Upload-Offset"], len(done.headers["Content-Location"])) == (str(len(CONTENT)), 49)
    listed = (await hands.get("street1.acceptor", f"/v1/incidents/{incident['id']}/evidence")).json()
    assert [f"/v1/evidence/{one['id']}" for one in listed["items"]] == [done.headers["Content-Location"]]


@pytest.mark.parametrize(
    ("changed", "status", "slug"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412, "tus-version-unknown"),
        ({"Content-Type": "application/octet-stream"}, 415, "not-a-piece"),
        ({"Upload-Offset": "-1"}, 422, "invalid-request"),
        ({"Upload-Offset": "one"}, 422, "invalid-request"),
        ({"Upload-Checksum": "md4 AAAA"}, 400, "checksum-unknown"),
        ({"Upload-Checksum": "sha1 %%%"}, 400, "checksum-unknown"),
        ({"Upload-Checksum": "sha1 AAAA"}, 460, "checksum-mismatch"),
        ({"Upload-Checksum": _summed("sha256", b"other")}, 460, "checksum-mismatch"),
        ({"Content-Length": "9" * 5000}, 413, "too-large"),
    ],
)
async def test_a_piece_out_of_order_is_refused_and_nothing_of_it_is_kept(
    hands: Hands, changed: dict[str, str], status: int, slug: str
) -> None:
    where = await begun(hands, await hands.report(), len(CONTENT))
    answer = await send(hands, where, 0, CONTENT[:50], **changed)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert (await progress(hands, where)).headers["Upload-Offset"] == "0"


async def test_a_piece_with_its_checksum_is_kept(hands: Hands) -> None:
    where, at = await begun(hands, await hands.report(), len(CONTENT)), 0
    for algorithm, end in (("sha1", 60), ("sha256", len(CONTENT))):
        piece = CONTENT[at:end]
        answer = await send(hands, where, at, piece, **{"Upload-Checksum": _summed(algorithm, piece)})
        assert answer.status_code == 204
        at = end


async def test_more_than_was_announced_is_refused_before_and_while_it_comes(hands: Hands) -> None:
    where = await begun(hands, await hands.report(), 100)
    assert (await send(hands, where, 0, bytes(101))).status_code == 413

    async def unannounced() -> Any:
        for _ in range(11):
            yield bytes(10)

    more = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    shown = headers(hands, "patrol1.member", **more)
    answer = await hands.client.patch(where, headers=shown, content=unannounced())
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")
    assert (await progress(hands, where)).headers["Upload-Offset"] == "0"


WRONG: list[tuple[dict[str, str], int]] = [
    ({"Upload-Length": "0"}, 422),
    ({"Upload-Length": "x"}, 422),
    ({"Upload-Length": str(10 * 1024 * 1024 + 1)}, 413),
    ({"Upload-Metadata": "kind"}, 422),
    ({"Upload-Metadata": "kind %%%"}, 422),
    ({"Upload-Metadata": "kind /w=="}, 422),
    ({"Upload-Metadata": "kind c2VsZmll"}, 422),
    ({"Upload-Metadata": "kind YmVmb3Jl,colour cmVk"}, 422),
    ({"Upload-Metadata": "kind YmVmb3Jl,lon MTE4"}, 422),
    ({"Tus-Resumable": "2"}, 412),
]


async def test_an_upload_that_says_nonsense_does_not_begin(hands: Hands, db: Database) -> None:
    incident = await hands.report()
    for changed, status in WRONG:
        answer = await begin(hands, incident, 100, **changed)
        assert (changed, answer.status_code) == (changed, status)
        assert answer.headers["content-type"] == "application/problem+json"
    async with db.read() as session:
        assert not await session.scalar(select(func.count()).select_from(Upload))


async def test_what_clients_say_of_a_file_of_their_own_accord_is_left_out(hands: Hands) -> None:
    said = {"kind": "after", "filename": "照片.jpg", "filetype": "image/jpeg", "relativePath": ""}
    assert (await sent(hands, await hands.report(), CONTENT, said=said))["kind"] == "after"


async def test_with_its_key_an_upload_begins_once(hands: Hands) -> None:
    incident, key = await hands.report(), {"Idempotency-Key": str(uuid7())}
    first = await begin(hands, incident, len(CONTENT), **key)
    assert (await send(hands, first.headers["Location"], 0, CONTENT[:9])).status_code == 204
    again = await begin(hands, incident, len(CONTENT), **key)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Upload-Offset"] == "9"
    other = await begin(hands, incident, len(CONTENT) + 1, **key)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")
    assert (await begin(hands, incident, len(CONTENT))).headers["Location"] != first.headers["Location"]


async def test_what_is_no_picture_is_refused_at_its_end_and_the_upload_is_over(hands: Hands, api: FastAPI) -> None:
    incident, before = await hands.report(), len(_kept(api))
    for content, status, slug in (
        (b"x" * 90, 415, "not-a-picture"),
        (picture(size=(400, 400))[:-2000], 422, "picture-damaged"),
    ):
        where = await begun(hands, incident, len(content))
        assert (await send(hands, where, 0, content[:40])).status_code == 204
        answer = await send(hands, where, 40, content[40:])
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
        over = await send(hands, where, 40, content[40:])
        assert (over.status_code, over.json()["detail"]) == (410, f"It ended with /problems/{slug}.")
        assert (await progress(hands, where)).status_code == 410
    assert len(_kept(api)) == before


async def test_the_last_piece_counts_with_the_picture_or_not_at_all(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = await hands.report()
    where = await begun(hands, incident, len(CONTENT))
    assert (await send(hands, where, 0, CONTENT[:99])).status_code == 204
    with monkeypatch.context() as broken:
        broken.setattr("app.incident.evidence.service.add", _power_cut)
        assert (await send(hands, where, 99, CONTENT[99:])).status_code == 503
    assert (await progress(hands, where)).headers["Upload-Offset"] == "99"
    assert (await send(hands, where, 99, CONTENT[99:])).status_code == 204


async def _power_cut(*_: Any) -> None:
    raise ConnectionResetError


async def test_an_upload_is_its_creators_alone_and_of_an_incident_in_sight(hands: Hands, db: Database) -> None:
    incident = await hands.report()
    assert (await begin(hands, incident, 100, who="street2.dispatcher")).status_code == 404
    assert (await begin(hands, incident, 100, who="auditor")).status_code == 403
    where = await begun(hands, incident, len(CONTENT))
    for who in ("patrol1.leader", "street1.shift_leader", "street2.dispatcher"):
        assert (await progress(hands, where, who)).status_code == 404
        assert (await send(hands, where, 0, CONTENT, who)).status_code == 404
        assert (await hands.client.delete(where, headers=headers(hands, who))).status_code == 404
    assert (await send(hands, f"/v1/evidence-uploads/{uuid7()}", 0, CONTENT)).status_code == 404
    nobody = await hands.client.head(where, headers={"Tus-Resumable": "1.0.0"})
    assert (nobody.status_code, nobody.headers["Tus-Resumable"]) == (401, "1.0.0")


async def test_an_ended_incident_takes_no_more_pieces_to_the_end(hands: Hands) -> None:
    incident = await hands.report()
    where = await begun(hands, incident, len(CONTENT))
    await hands.moved("street1.acceptor", incident, "reject", reason_code="not_ours", note="n")
    answer = await send(hands, where, 0, CONTENT)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/incident-ended")
    assert (await begin(hands, incident, 100)).json()["type"] == "/problems/incident-ended"


async def test_an_upload_given_up_is_gone_with_its_bytes(hands: Hands, api: FastAPI) -> None:
    before = len(_kept(api))
    where = await begun(hands, await hands.report(), len(CONTENT))
    await send(hands, where, 0, CONTENT[:10])
    assert len(_kept(api)) == before + 1
    shown = headers(hands, "patrol1.member")
    assert (await hands.client.delete(where, headers=shown)).status_code == 204
    assert (await hands.client.delete(where, headers=shown)).status_code == 404
    assert (await progress(hands, where)).status_code == 404
    assert len(_kept(api)) == before


async def test_an_account_may_have_so_much_under_way_and_announce_so_much_a_day(hands: Hands, db: Database) -> None:
    incident = await hands.report()
    places = [await begun(hands, incident, len(CONTENT)) for _ in range(OPEN_UPLOADS)]
    refused = await begin(hands, incident, len(CONTENT))
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-uploads")
    assert (await begin(hands, incident, len(CONTENT), who="patrol1.leader")).status_code == 201
    assert (await send(hands, places[0], 0, CONTENT)).status_code == 204
    assert (await begin(hands, incident, len(CONTENT))).status_code == 201
    async with db.write() as session:
        await session.execute(update(Upload).values(refused="x", size_bytes=1024**3 // OPEN_UPLOADS))
    assert (await begin(hands, incident, len(CONTENT))).status_code == 429


async def test_a_chosen_id_that_is_taken_is_refused_before_the_bytes_come(hands: Hands) -> None:
    incident = await hands.report()
    made = await attached(hands, incident, CONTENT)
    answer = await begin(hands, incident, 100, said={"kind": "before", "id": made["id"]})
    assert (answer.status_code, answer.json()["detail"]) == (409, "Evidence with this id exists.")


async def test_an_upload_in_crumbs_is_refused_in_the_end(hands: Hands, db: Database) -> None:
    where = await begun(hands, await hands.report(), len(CONTENT))
    async with db.write() as session:
        await session.execute(update(Upload).values(pieces=["x"] * MOST_PIECES, received=MOST_PIECES))
    answer = await send(hands, where, MOST_PIECES, b"x")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/too-many-pieces")


async def test_what_has_expired_is_gone_and_swept_with_its_bytes(hands: Hands, db: Database, api: FastAPI) -> None:
    before = len(_kept(api))
    where = await begun(hands, await hands.report(), len(CONTENT))
    await send(hands, where, 0, CONTENT[:10])
    assert await service.tidy(db, api.state.store, 100) == 0
    async with db.write() as session:
        await session.execute(update(Upload).values(expires_at=Upload.expires_at - timedelta(hours=72)))
    assert (await progress(hands, where)).status_code == 404
    assert (await send(hands, where, 10, CONTENT[10:])).status_code == 404
    assert await service.tidy(db, api.state.store, 100) == 0, "somebody may be sending"
    async with db.write() as session:
        await session.execute(update(Upload).values(expires_at=Upload.expires_at - timedelta(hours=1)))
    assert await service.tidy(db, api.state.store, 100) == 1
    assert len(_kept(api)) == before


async def test_pieces_that_were_lost_end_the_upload(hands: Hands, api: FastAPI) -> None:
    where = await begun(hands, await hands.report(), len(CONTENT))
    await send(hands, where, 0, CONTENT[:10])
    await api.state.store.clear(f"upload/{where.rpartition('/')[2]}")
    for _ in range(2):
        answer = await send(hands, where, 10, CONTENT[10:])
        assert (answer.status_code, answer.json()["type"]) == (410, "/problems/upload-over")


async def test_custody_begins_when_a_picture_is_whole(hands: Hands, db: Database) -> None:
    made = await sent(hands, await hands.report(), CONTENT, 30)
    async with db.read() as session:
        lines = (await session.scalars(select(Custody).order_by(Custody.id))).all()
    assert [(line.act, line.sha256.hex()) for line in lines] == [
        ("received", hashlib.sha256(CONTENT).hexdigest()),
        ("cleaned", made["content_sha256"]),
    ]
