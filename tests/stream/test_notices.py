"""A notice is for its recipients' streams alone, not for everybody of their organisation."""

from app.core import outbox
from app.core.ids import uuid7
from app.core.outbox import react_at_once
from app.notice.delivery.service import InApp, deliver
from app.notice.workflow import TOPICS
from app.worker import SUBSCRIBERS
from tests.stream.conftest import Live


async def test_a_fact_for_one_account_comes_to_it_alone(live: Live) -> None:
    readers = {name: await live.reader(name) for name in ("a_dispatcher", "a_shift_leader", "district")}
    async with live.world.database.write() as session:
        outbox.record(session, "notice.created", uuid7(), [live.world.accounts["a_shift_leader"]], n=1)
    await live.say(2)
    for name, numbers in (("a_dispatcher", [2]), ("a_shift_leader", [1, 2]), ("district", [2])):
        reader = await readers[name].until(lambda r: 2 in r.numbers)
        assert reader.numbers == numbers


async def test_who_is_told_hears_of_the_notice_and_of_nothing_that_it_is_about(live: Live) -> None:
    (notices,) = [one for one in SUBSCRIBERS if one.name == "notices"]
    reader = await live.reader("a_dispatcher", topics=("notice",))
    other = await live.reader("b_dispatcher", topics=("notice",))
    centre = str(live.world.places["A"])
    await live.say(1, topic="coverage_void.opened", centre_id=centre)
    async with live.world.database.write() as session:
        assert await react_at_once(session, notices.name, TOPICS, notices.reaction) == 1
    assert await deliver(live.world.database, InApp()) == 2
    (event,) = (await reader.until(lambda r: bool(r.events))).events
    assert '"payload":{"urgency": "action", "needs_receipt": false}' in event["data"]
    await live.say(2, "B", topic="notice.test")
    assert [one["event"] for one in (await other.until(lambda r: bool(r.events))).events] == ["notice.test"]
