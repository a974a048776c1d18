"""What a phone takes along, and that a bundle with all changes since is a fresh bundle, however it is asked for."""

import asyncio
import gzip
from typing import Any

import orjson
import pytest
from sqlalchemy import text, update

from app.core.db import Database
from app.core.ids import uuid7
from app.incident.models import Incident
from app.stream.workflow import Place
from app.sync.view.workflow import Kind, Name, Token
from tests import make
from tests.conftest import SECRET
from tests.hands import Hands, report_body
from tests.sync.phone import Phone, apply


async def same_as_fresh(phone: Phone) -> None:
    """What the phone holds is what it would be given now."""
    fresh = Phone(phone.hands, phone.who)
    await fresh.take_along()
    assert phone.documents == fresh.documents


async def test_a_phone_holds_all_that_a_shift_needs(hands: Hands, phone: Phone) -> None:
    incident = await hands.dispatched()
    reported = await hands.report(phone.who)
    await hands.report("grid1.worker")
    held = (await phone.take_along())["documents"]
    [me], [settings], [workflow] = (list(held[kind].values()) for kind in ("me", "settings", "workflow"))
    assert (me["username"], "incidents:act" in me["rights"]) == ("patrol1.leader", True)
    assert settings["centres"]["A"]["scene_radius_m"] == 200
    assert {move["action"] for move in workflow["incident"]["moves"]} >= {"finish", "self_handle", "pass_check"}
    assert "accept" not in {move["action"] for move in workflow["incident"]["moves"]}
    assert "accept" in {move["action"] for move in workflow["assignment"]["moves"]}
    [shift], [ground], [catalogue] = (list(held[kind].values()) for kind in ("shift", "ground", "catalogue"))
    assert (shift["patrol"]["code"], len(shift["crew"][0]["members"])) == ("P-001", 2)
    assert [cell["code"] for cell in ground["cells"]] == ["A1-00", "A1-01", "A1-10", "A1-11"]
    assert ground["cells"][0]["boundary"]["type"] == "Polygon"
    assert {one["code"] for one in catalogue["categories"]} == set(make.CATEGORIES)
    assert {one["category"] for one in catalogue["standards"]} == set(make.CATEGORIES)
    assert set(held["incident"]) == {incident["id"], reported["id"]}
    assert "accept" in held["incident"][incident["id"]]["assignments"][0]["allowed_actions"]


async def test_an_incident_is_as_the_route_shows_it_but_for_what_time_makes_of_it(hands: Hands, phone: Phone) -> None:
    incident = await hands.dispatched()
    await phone.take_along()
    seen = await hands.seen(phone.who, incident)
    for part in (seen, *seen["clocks"]):
        del part["overdue"]
    assert phone.incident(incident["id"]) == seen


async def test_the_changes_of_an_incidents_life_come_in_their_kinds(hands: Hands, phone: Phone) -> None:
    await phone.take_along()
    incident = await hands.dispatched()
    told = await phone.catch_up()
    assert [(one["kind"], one["change"], one["id"]) for one in told] == [("incident", "created", incident["id"])]
    await hands.assignment("patrol1.leader", incident["assignments"][0], "accept")
    assert [one["change"] for one in await phone.catch_up()] == ["updated"]
    assert await phone.catch_up() == []
    now = await hands.seen("street1.dispatcher", incident)
    await hands.assignment("street1.dispatcher", now["assignments"][0], "withdraw", reason="to another")
    assert [one["change"] for one in await phone.catch_up()] == ["updated"], "it reported that itself"
    member = Phone(hands, "patrol1.member")
    await member.take_along()
    assert member.incident(incident["id"]) is None
    await same_as_fresh(phone)


async def test_what_is_given_to_others_is_lost_and_what_is_over_is_deleted(hands: Hands) -> None:
    incident = await hands.dispatched()
    over = await hands.report("patrol1.member")
    member = Phone(hands, "patrol1.member")
    await member.take_along()
    await hands.assignment("street1.dispatcher", incident["assignments"][0], "withdraw", reason="to another")
    await hands.moved("street1.acceptor", over, "reject", reason_code="other", note="not ours")
    told = await member.catch_up()
    assert {one["id"]: one["change"] for one in told} == {incident["id"]: "lost", over["id"]: "deleted"}
    await same_as_fresh(member)


async def test_a_shift_that_is_over_takes_its_ground_along(hands: Hands, phone: Phone) -> None:
    await phone.take_along()
    shift = hands.town.shifts["P-001"]
    await hands.post(phone.who, f"/v1/shifts/{shift}/sign-off", {}, "*")
    told = await phone.catch_up()
    assert {(one["kind"], one["change"]) for one in told} == {("shift", "lost"), ("ground", "lost")}
    await same_as_fresh(phone)


async def test_who_loses_a_role_loses_what_it_showed(hands: Hands) -> None:
    await hands.dispatched()
    inspector = Phone(hands, "inspector1")
    await inspector.take_along()
    handler = Phone(hands, "urban_management.handler")
    incident = await hands.registered()
    await hands.blown("street1.dispatcher", incident, "urban_management")
    await handler.take_along()
    assert handler.incident(incident["id"]) is not None
    async with hands.door.database.write() as session:
        moved = "UPDATE role_grant SET organisation_id = :other WHERE account_id = :who"
        who = hands.town.accounts["urban_management.handler"]
        await session.execute(text(moved), {"other": hands.town.organisations["fire_rescue"], "who": who})
    hands.door.forget()
    told = {(one["kind"], one["change"]) for one in await handler.catch_up()}
    assert told == {("incident", "lost"), ("me", "updated")}
    await same_as_fresh(handler)


@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_any_paging_and_any_repetition_ends_in_the_same(hands: Hands, phone: Phone, limit: int) -> None:
    gone = await hands.report(phone.who)
    await hands.report(phone.who)
    await phone.take_along()
    await hands.moved("street1.acceptor", gone, "reject", reason_code="other", note="n")
    for _ in range(3):
        await hands.report(phone.who)
    await hands.dispatched()
    more, pages = True, 0
    while more:
        first, again = await phone.page(phone.token, limit), await phone.page(phone.token, limit)
        assert first == again
        for change in [*first["changes"], *again["changes"]]:
            apply(phone.documents, change)
        phone.token, more, pages = again["token"], again["more"], pages + 1
        if pages == 2:  # something happens between two pages
            await hands.report(phone.who)
    assert pages >= 5 / limit
    await same_as_fresh(phone)


async def test_a_bundle_that_is_known_is_not_sent_again_and_goes_packed(hands: Hands, phone: Phone) -> None:
    headers = hands.headers(phone.who)
    first = await hands.client.get("/v1/sync/bundle", headers=headers)
    known = headers | {"If-None-Match": first.headers["etag"]}
    assert (await hands.client.get("/v1/sync/bundle", headers=known)).status_code == 304
    await hands.report(phone.who)
    assert (await hands.client.get("/v1/sync/bundle", headers=known)).status_code == 200
    async with hands.client.stream("GET", "/v1/sync/bundle", headers=headers | {"Accept-Encoding": "gzip"}) as packed:
        assert packed.headers["content-encoding"] == "gzip"
        body = b"".join([part async for part in packed.aiter_raw()])
    assert len(orjson.loads(gzip.decompress(body))["documents"]["incident"]) == 1
    assert len(body) < len(gzip.decompress(body)) / 4


async def test_a_token_is_its_owners_and_the_services(hands: Hands, phone: Phone) -> None:
    await phone.take_along()
    secret = SECRET.encode()
    token = Token.opened(phone.token, secret)
    assert token is not None
    forged = token._replace(held={Name(Kind.INCIDENT, uuid7()): b"8 bytes."}).sealed(b"another secret, just as long")
    ahead = token._replace(place=Place(2**62, 0)).sealed(secret)
    for who, since in ((phone.who, forged), (phone.who, "x"), (phone.who, ahead), ("patrol1.member", phone.token)):
        answer = await hands.get(who, "/v1/sync/changes", since=since)
        assert (answer.status_code, answer.json()["reason"]) == (410, "unknown"), answer.text
    assert (await hands.get("admin", "/v1/sync/bundle")).status_code == 403
    assert (await hands.get(phone.who, "/v1/sync/changes")).status_code == 422


async def test_a_token_from_before_the_log_begins_is_gone(own_hands: Hands, own_db: Database) -> None:
    phone = Phone(own_hands, "patrol1.leader")
    await phone.take_along()
    await own_hands.report()
    await own_hands.report()
    async with own_db.write() as session:
        await session.execute(text("UPDATE outbox SET at = now() - interval '90 days'"))
        await session.execute(text("DELETE FROM outbox WHERE id = (SELECT min(id) FROM outbox)"))
    answer = await own_hands.get(phone.who, "/v1/sync/changes", since=phone.token)
    assert (answer.status_code, answer.json()["reason"]) == (410, "too_old")


async def test_what_is_not_committed_yet_comes_when_it_is(own_hands: Hands, own_db: Database) -> None:
    phone = Phone(own_hands, "patrol1.leader")
    slow, quick = await own_hands.report(), await own_hands.report()
    await phone.take_along()
    async with own_db.write() as session:
        await session.execute(update(Incident).where(Incident.id == slow["id"]).values(title="slow"))
        assert await phone.catch_up() == []
        await own_hands.moved("street1.acceptor", quick, "accept", category="E0406")
        assert [one["id"] for one in await phone.catch_up()] == [quick["id"]]
    assert [one["id"] for one in await phone.catch_up()] == [slow["id"]]


async def test_a_phone_that_asks_while_things_happen_ends_with_a_fresh_bundle(own_hands: Hands) -> None:
    phone, mate = Phone(own_hands, "patrol1.leader"), Phone(own_hands, "patrol1.member")
    await phone.take_along()

    async def live(n: int) -> None:
        incident = await own_hands.report(phone.who, description=f"number {n}")
        if n % 2:
            await own_hands.move("street1.acceptor", incident, "reject", reason_code="other", note="n")
        await mate.did("incident.report", uuid7(), **report_body())

    async def look() -> None:
        for _ in range(8):
            await phone.catch_up(limit=2)

    await asyncio.gather(*(live(n) for n in range(6)), look())
    await phone.catch_up(limit=3)
    await same_as_fresh(phone)


def test_a_token_says_what_it_was_told() -> None:
    secret = b"k" * 32
    held: dict[Name, Any] = {Name(kind, uuid7()): bytes([n]) * 8 for n, kind in enumerate(Kind)}
    token = Token(uuid7(), Place(7411, 3), held)
    text_ = token.sealed(secret)
    assert Token.opened(text_, secret) == token
    for at in range(len(text_)):
        other = text_[:at] + ("A" if text_[at] != "A" else "B") + text_[at + 1 :]
        assert Token.opened(other, secret) in (None, token)
