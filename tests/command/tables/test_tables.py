"""The workflow is one thing in three forms: the rows, the API, the page of documentation."""

from pathlib import Path
from typing import Any

import httpx

from app.command.tables.service import page
from app.dispatch import workflow as dispatch
from app.identity.workflow import Role
from app.incident import workflow as incident
from app.incident.history import workflow as notes
from app.incident.request import workflow as request
from app.linkage import workflow as linkage
from app.policy.workflow import ladders_of
from app.safety.sos import workflow as sos
from app.safety.welfare import workflow as welfare
from app.supervision import workflow as supervision
from tests.hands import Hands

PAPER = Path(__file__).parents[3] / "docs" / "workflow.md"


async def served(hands: Hands, **headers: str) -> httpx.Response:
    return await hands.client.get("/v1/workflow", headers=hands.headers("patrol1.member") | headers)


def cells(title: str) -> list[list[str]]:
    """The rows of one table of the page."""
    section = PAPER.read_text().split(f"## {title}\n\n", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines()[2:]]


def row_of(move: dict[str, Any]) -> tuple[Any, ...]:
    who, clocks = move["who"], move["clocks"]
    return (
        (move["action"], move["label"], frozenset(move["from"]), move["to"], who["standing"], frozenset(who["roles"])),
        (tuple(move["needs"]), tuple(clocks["met"]), tuple(clocks["started"]), tuple(clocks["resumed"]), move["crew"]),
    )


async def test_the_api_serves_the_rows_of_the_incident(hands: Hands) -> None:
    shown = (await served(hands)).json()["incident"]
    expected = {
        (
            (m.action, m.label, m.source, m.target, m.who.standing, m.who.roles - {Role.SYSTEM} or m.who.roles),
            (m.needs, m.meets, m.starts, m.resumes, m.crew),
        )
        for m in incident.ROWS
    }
    assert {row_of(move) for move in (*shown["moves"], *shown["level_moves"])} == expected
    assert {move["action"] for move in shown["level_moves"]} == incident.LEVEL_MOVES
    asked_for_by_nobody = {m["action"] for m in shown["moves"] if m["by_the_system"]}
    assert asked_for_by_nobody == incident.BY_THE_SYSTEM - {"report"}


async def test_the_api_serves_the_statuses_with_their_words_ends_and_clocks(hands: Hands) -> None:
    shown = {row["status"]: row for row in (await served(hands)).json()["incident"]["statuses"]}
    assert set(shown) == set(incident.Status)
    assert {status for status, row in shown.items() if row["is_end"]} == incident.ENDS
    assert all(set(row["clocks"]) == incident.RUNS_IN.get(status, set()) for status, row in shown.items())
    assert (shown["checking"]["label"], shown["verifying"]["label"]) == ("核查中", "核实中")


async def test_the_api_serves_the_rows_of_assignments_and_requests(hands: Hands) -> None:
    shown = (await served(hands)).json()
    moves: list[Any] = [
        (m["action"], set(m["from"]), m["to"], m["by"], m["needs"]) for m in shown["assignment"]["moves"]
    ]
    assert moves == [(m.action, m.source, m.target, m.by, list(m.needs)) for m in dispatch.ROWS]
    kinds: list[Any] = [
        (k["kind"], set(k["from"]), set(k["decided_by"]), k["needs"]) for k in shown["request"]["kinds"]
    ]
    assert kinds == [(k.kind, k.source, k.deciders, list(k.needs)) for k in request.ROWS]


async def test_the_api_serves_the_rows_of_sos_and_welfare_checks(hands: Hands) -> None:
    shown = (await served(hands)).json()
    moves: list[Any] = [(m["action"], set(m["from"]), m["to"], m["by"], m["needs"]) for m in shown["sos"]["moves"]]
    assert moves == [(m.action, m.source, m.target, [m.by], list(m.needs)) for m in sos.ROWS]
    assert shown["sos"]["ladder"] == [["dispatcher", "shift_leader"], ["leader"]]
    timer: list[Any] = [
        (m["action"], set(m["from"]), m["to"], set(m["by"]), m["starts"]) for m in shown["welfare_check"]["moves"]
    ]
    assert timer == [(m.action, m.source, m.target, m.by, m.runs) for m in welfare.ROWS]


async def test_the_api_serves_the_rows_of_whistles_and_summons(hands: Hands) -> None:
    shown = (await served(hands)).json()
    kinds: list[Any] = [(k["kind"], set(k["from"]), k["arrive_min"]) for k in shown["whistle"]["kinds"]]
    assert kinds == [(rule.kind, rule.source, rule.arrive_min) for rule in linkage.WHISTLES]
    moves: list[Any] = [(m["action"], set(m["from"]), m["to"], m["by"], m["needs"]) for m in shown["summons"]["moves"]]
    assert moves == [(m.action, m.source, m.target, [m.side], list(m.needs)) for m in linkage.ROWS]


async def test_every_step_is_said_to_lead_where_the_table_leads(hands: Hands) -> None:
    shown = (await served(hands)).json()["incident"]
    steps = {move["action"]: move["leads_to"] for move in (*shown["moves"], *shown["level_moves"])}
    assert steps["dispatch"] == {"registered": "dispatched", "dispatched": "dispatched", "handling": "handling"}
    assert (steps["escalate"]["handling"], steps["assign_down"]["handling"]) == ("registered", "handling")
    assert all(set(steps[move.action]) == move.source for move in incident.ROWS)


async def test_the_page_has_the_rows_that_the_api_serves(hands: Hands) -> None:
    shown = (await served(hands)).json()
    for title, moves in (("Moves of an incident", "moves"), ("Moves between command levels", "level_moves")):
        served_rows = [
            [
                m["action"],
                m["label"],
                ", ".join(m["from"]) or "-",
                ", ".join(n.replace("|", " or ") for n in m["needs"]),
            ]
            for m in shown["incident"][moves]
        ]
        assert [[c[0], c[1], c[2], c[5]] for c in cells(title)] == served_rows
    assert [c[0] for c in cells("Moves of an assignment")] == [m["action"] for m in shown["assignment"]["moves"]]
    assert [c[0] for c in cells("Moves of a summons")] == [m["action"] for m in shown["summons"]["moves"]]
    assert [c[0] for c in cells("Requests")] == [k["kind"] for k in shown["request"]["kinds"]]


async def test_the_api_serves_orders_notes_ladders_and_instants(hands: Hands) -> None:
    shown = (await served(hands)).json()
    moves: list[Any] = [
        (m["action"], set(m["from"]), m["to"], tuple(m["by"]), tuple(m["needs"]))
        for m in shown["supervision_order"]["moves"]
    ]
    assert moves == [(m.action, m.source, m.target, m.by, m.needs) for m in supervision.ROWS]
    kinds: list[Any] = [(n["kind"], set(n["roles"])) for n in shown["note"]]
    assert kinds == [(n.kind, n.roles) for n in notes.ROWS]
    ladders = {
        one["clock"]: [(s["number"], s["share"], tuple(s["do"])) for s in one["steps"]]
        for one in shown["clock"]["ladders"]
    }
    assert ladders == {clock: [(s.number, s.share, s.do) for s in steps] for clock, steps in ladders_of(None).items()}
    assert [due["due"] for due in shown["clock"]["due"]] == [due.due for due in supervision.DUES]


def test_the_page_is_printed_from_the_rows_of_today() -> None:
    assert PAPER.read_text() == page(), "lianqin docs writes it anew"


async def test_the_diagram_draws_every_step_once(hands: Hands) -> None:
    answer = await served(hands, Accept="text/vnd.mermaid")
    assert answer.headers["content-type"].startswith("text/vnd.mermaid")
    assert answer.headers["vary"] == "Accept"
    lines = [line.strip() for line in answer.text.splitlines()]
    assert lines[0] == "stateDiagram-v2"
    arrows = [line.split(" : ")[0] for line in lines if " --> " in line]
    assert len(arrows) == len(set(arrows))
    targets = {
        (f"incident_{s}", f"incident_{incident.target_of(m, s)}") for m in incident.ROWS if m.target for s in m.source
    }
    drawn = {tuple(arrow.split(" --> ")) for arrow in arrows if arrow.startswith("incident_") and "[*]" not in arrow}
    assert drawn == {(source, target) for source, target in targets if source != target}
    assert lines.count("}") == 6


async def test_the_tables_are_for_those_who_signed_in(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/workflow")).status_code == 401
