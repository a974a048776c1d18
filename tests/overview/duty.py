"""What happens to patrols, shifts, calls for help and checks in the district of the tests about duty."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from app.safety.sos import service as sos
from app.safety.welfare import service as welfare
from tests.roster.world import World, shift

OLDER = {
    "welfare_check": text("UPDATE welfare_check SET due_at = due_at - CAST(:by AS interval)"),
    "sos": text(
        "UPDATE sos SET due_at = due_at - CAST(:by AS interval), raised_at = raised_at - interval '30 minutes'"
    ),
}


async def _ok(answer: Any) -> dict[str, Any]:
    assert answer.status_code < 300, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _older(world: World, table: str, **span: float) -> None:
    """Let time pass, and the worker look."""
    async with world.database.write() as session:
        await session.execute(OLDER[table], {"by": timedelta(**span)})
    async with world.database.write() as session:
        await (sos.escalate(session, 100) if table == "sos" else welfare.tick(session, 100))


async def a_crew_calls_for_help_and_is_answered(world: World) -> None:
    """Raised, repeated, passed on by the clock, acknowledged, resolved."""
    await world.on_duty()
    called = await _ok(await world.post("a_member", "/v1/sos"))
    await world.post("a_member", "/v1/sos")
    await _older(world, "sos", minutes=30)
    path = f"/v1/sos/{called['id']}/transitions"
    await _ok(await world.post("a_dispatcher", path, {"action": "acknowledge"}))
    done = {"action": "resolve", "resolution": "false_alarm", "note": "n"}
    await _ok(await world.post("district", path, done))


async def a_crew_is_asked_whether_it_is_well(world: World) -> None:
    """Set, asked, answered, paused, resumed, silent until it is an alarm, cancelled."""
    made = await world.on_duty()
    check = await _ok(await world.post("a_dispatcher", "/v1/welfare-checks", {"patrol": "PA"}))
    path = f"/v1/welfare-checks/{check['id']}"
    await _older(world, "welfare_check", hours=1)
    await _ok(await world.post("a_member", f"{path}/answer", {"answer": "ok"}))
    for action in ("pause", "resume"):
        await _ok(await world.post("a_dispatcher", f"{path}/transitions", {"action": action, "reason": "r"}))
    for _ in range(3):
        await _older(world, "welfare_check", hours=1)
    await _ok(await world.post("a_dispatcher", f"{path}/transitions", {"action": "cancel", "reason": "r"}))
    again = await _ok(await world.post("a_dispatcher", "/v1/welfare-checks", {"patrol": "PA"}))
    await _older(world, "welfare_check", hours=1)
    await _ok(await world.post("a_member", f"/v1/welfare-checks/{again['id']}/answer", {"answer": "help"}))
    await _ok(await world.post("a_leader", f"/v1/shifts/{made['id']}/sign-off", {"handover_note": "n"}))


async def a_crew_changes_on_duty(world: World) -> None:
    """Planned, signed on, who is aboard changes, the patrol gets another name, signed off."""
    made = await world.on_duty()
    changed = {"reason": "r", "add": ["U2"], "remove": ["M1"]}
    await _ok(await world.post("a_leader", f"/v1/shifts/{made['id']}/crew", changed))
    await _ok(await world.patch("a_dispatcher", "/v1/patrols/PA", {"name_en": "Another name"}))
    await _ok(await world.post("a_leader", f"/v1/shifts/{made['id']}/sign-off", {"handover_note": "n"}))


async def a_shift_that_is_planned_is_changed_called_and_cancelled(world: World) -> None:
    """None of this is on a board."""
    body = {"code": "PC", "name": "队", "name_en": "Patrol", "centre": "A", "vehicle": "foot"}
    await _ok(await world.post("district", "/v1/patrols", body))
    later = await _ok(await world.post("a_dispatcher", "/v1/shifts", shift(start=1, end=3, patrol="PC")))
    await _ok(await world.patch("a_dispatcher", f"/v1/shifts/{later['id']}", {"beat": None}))
    gone = await world.client.delete(f"/v1/shifts/{later['id']}", headers=world.who("a_dispatcher"))
    assert gone.status_code == 204
    made = await world.on_duty()
    marks = {"marks": [{"officer": "M1", "present": True}]}
    await _ok(await world.post("a_leader", f"/v1/shifts/{made['id']}/roll-call", marks))


STORIES = (
    a_crew_calls_for_help_and_is_answered,
    a_crew_is_asked_whether_it_is_well,
    a_crew_changes_on_duty,
    a_shift_that_is_planned_is_changed_called_and_cancelled,
)
