"""How the workflow's tables look to people: one state diagram, and a page of Markdown."""

from collections.abc import Iterable, Mapping, Sequence

from app.command.tables.schemas import MoveRow, PartTables, WhoRow, WorkflowOut
from app.incident.workflow import Crew, Standing

Cells = Sequence[str]
Step = tuple[str | None, str, str]
INTRODUCTION = """# The workflow

Printed by `lianqin docs` from the tables that the program itself goes by; `GET /v1/workflow` serves the same rows.
A need `a or b` is met by either. The role `system` may make every move and is not listed beside others.
"""
UPWARDS = """A level move upwards takes an incident in `dispatched` or `handling` back to `registered` at the new level;
its patrols stay until the new commander acts.
"""
SUMMONS = """A department that was called stays until it is released: 事不完, 人不走. The first that acknowledges
leads, unless somebody leads already, until the lead is moved. `waive` lets the incident be finished without a part.
The clock may make the move `miss`; who missed may still arrive, late.
"""
STEPS_UP = """Never decided by who asked. A second extension, or one of hours that the asker estimates, goes a step
higher still. A return for a proven wrong dispatch is approved on the spot by the shift leader too. A returned incident
that waits at the centre may only be sent out again, sent back, or handed to another level.
"""
APPEALS = """Filed by the desk of the department that was late, after closing and once for a fact. Nobody reviews what
they have a part in. An approval leaves the fact out of scores; the fact stays.
"""
SCORES = """Once for each scorer and target, when the whistle is closed; a correction is a new score that names the
last. The facts say who was on time, late or absent; who was not needed, or rightly refused, is not scored.
"""
ORDERS = """The presser is a centre that commands the incident or stands above it; who opened an order, or stands above,
raises or lifts it. One open order presses one target of an incident, and its grade only rises: by the clock too, when
no answer has come by the limit of its grade.
"""
LADDERS = """These hold where no centre up to the root has published its own. A step is done once for each limit; where
several have come by the time the worker looks, the last is done and the others are put on record as `collapsed`.
"""
NOTE_HEAD = ("kind", "中文", "left by")
LADDER_HEAD = ("clock", "step", "at", "does", "grade of the order")
DUE_HEAD = ("due", "中文", "at", "the system")
STATUS_HEAD = ("status", "中文", "ends it", "clocks that have a place in it")
MOVE_HEAD = ("action", "中文", "from", "to", "who", "needs", "clocks", "assignments")
ASSIGNMENT_HEAD = ("action", "中文", "from", "to", "who", "needs")
SAFETY_HEAD = ("action", "中文", "from", "to", "who", "needs", "starts")
WHISTLE_HEAD = ("kind", "中文", "blown in", "by, at the commanding centre", "to be there within, minutes")
REQUEST_HEAD = ("kind", "中文", "from", "who asks", "who decides", "needs", "reason codes", "an approval makes")


def mermaid(shown: WorkflowOut) -> str:
    """The incident and the assignment as one state diagram."""
    incident, assignment = shown.incident, shown.assignment
    steps = [(f, t, f"{move.action} {move.label}") for move in incident.moves for f, t in _steps(move)]
    tasks = [(f, m.to_state, f"{m.action} {m.label}") for m in assignment.moves for f in m.from_states]
    lines = [
        "stateDiagram-v2",
        *_machine("incident", {row.status: row.label for row in incident.statuses}, steps),
        *(f"        incident_{row.status} --> [*]" for row in incident.statuses if row.is_end),
        "    }",
        *_machine("assignment", {row.state: row.label for row in assignment.states}, [OFFER, *tasks]),
        *(f"        assignment_{row.state} --> [*]" for row in assignment.states if not row.is_live),
        "    }",
        *_part("summons", shown.summons),
        *_part("supervision_order", shown.supervision_order),
        *_part("sos", shown.sos),
        *_part("welfare_check", shown.welfare_check),
    ]
    return "\n".join(lines) + "\n"


def _part(name: str, shown: PartTables) -> list[str]:
    steps: list[Step] = []
    for move in shown.moves:
        said = f"{move.action} {move.label}"
        sources: list[str | None] = [*move.from_states] or [None]
        steps += [(source, move.to_state, said) for source in sources if move.to_state and source != move.to_state]
    labels = {str(row.state): row.label for row in shown.states}
    ends = [f"        {name}_{row.state} --> [*]" for row in shown.states if not row.is_live]
    return [*_machine(name, labels, steps), *ends, "    }"]


OFFER = (None, "offered", "offer 派单")


def _steps(move: MoveRow) -> list[tuple[str | None, str]]:
    """The arrows of a move; the first one of all comes from nowhere."""
    if not move.leads_to and move.to_status:
        return [(None, move.to_status)]
    return [(source, target) for source, target in move.leads_to.items() if source != target]


def _machine(name: str, labels: Mapping[str, str], steps: Iterable[Step]) -> list[str]:
    """The opening of a composite state; moves between the same two states share an arrow."""
    arrows: dict[tuple[str | None, str], list[str]] = {}
    for source, target, said in steps:
        arrows.setdefault((source, target), []).append(said)
    lines = [f'    state "{name}" as {name} {{']
    lines += [f'        state "{state} {label}" as {name}_{state}' for state, label in labels.items()]
    for (source, target), together in arrows.items():
        start = "[*]" if source is None else f"{name}_{source}"
        lines.append(f"        {start} --> {name}_{target} : {' / '.join(together)}")
    return lines


def markdown(shown: WorkflowOut) -> str:
    """Every table and the diagram as a page."""
    parts = [
        INTRODUCTION,
        _section("Statuses of an incident", STATUS_HEAD, _statuses(shown)),
        _section("Moves of an incident", MOVE_HEAD, map(_move, shown.incident.moves)),
        _section("Moves between command levels", MOVE_HEAD, map(_move, shown.incident.level_moves)),
        UPWARDS,
        _section("Moves of an assignment", ASSIGNMENT_HEAD, _assignments(shown)),
        _section("Requests", REQUEST_HEAD, _requests(shown)),
        STEPS_UP,
        _section("Reviews of an appeal", ASSIGNMENT_HEAD, (line[:-1] for line in _part_moves(shown.appeal))),
        APPEALS,
        _section("Whistles", WHISTLE_HEAD, _whistles(shown)),
        _section("Moves of a summons", ASSIGNMENT_HEAD, (line[:-1] for line in _part_moves(shown.summons))),
        SUMMONS,
        _section("Scores after a whistle", ASSIGNMENT_HEAD, (line[:-1] for line in _part_moves(shown.score))),
        SCORES,
        _section("Moves of a supervision order", ASSIGNMENT_HEAD, _order_moves(shown.supervision_order)),
        ORDERS,
        _section("Notes", NOTE_HEAD, _notes(shown)),
        _section("Ladders of the clocks", LADDER_HEAD, _ladders(shown)),
        LADDERS,
        _section("What else time does", DUE_HEAD, ((row.due, row.label, row.at, row.does) for row in shown.clock.due)),
        _section("Moves of an SOS", SAFETY_HEAD, _part_moves(shown.sos)),
        _ladder(shown),
        _section("Moves of a welfare check", SAFETY_HEAD, _part_moves(shown.welfare_check)),
        f"## Diagram\n\n```mermaid\n{mermaid(shown)}```\n",
    ]
    return "\n".join(parts)


def _section(title: str, head: Cells, rows: Iterable[Cells]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return f"## {title}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _statuses(shown: WorkflowOut) -> Iterable[Cells]:
    for row in shown.incident.statuses:
        paused = " (standing still)" if row.clocks_paused else ""
        yield row.status, row.label, "yes" if row.is_end else "", _listed(row.clocks) + paused


def _move(move: MoveRow) -> Cells:
    stays = [source for source, target in move.leads_to.items() if source == target]
    to = "stays" if move.to_status is None else move.to_status + (f" (stays in {_listed(stays)})" if stays else "")
    clocks = (("meets", move.clocks.met), ("starts", move.clocks.started), ("lets go on", move.clocks.resumed))
    return (
        move.action,
        move.label,
        _listed(move.from_statuses) or "-",
        to,
        _who(move.who),
        _needs(move.needs),
        "; ".join(f"{verb} {_listed(kinds)}" for verb, kinds in clocks if kinds),
        "" if move.crew == Crew.KEEP else move.crew,
    )


def _assignments(shown: WorkflowOut) -> Iterable[Cells]:
    for row in shown.assignment.moves:
        who = f"the {row.by}" + ("" if row.by == "system" else f": {_listed(row.roles)}")
        yield row.action, row.label, _listed(row.from_states), row.to_state, who, _needs(row.needs)


def _requests(shown: WorkflowOut) -> Iterable[Cells]:
    for row in shown.request.kinds:
        by = {role: [step.asked_by for step in row.steps if step.decided_by is role] for role in row.decided_by}
        steps = "; ".join(f"{role} what {' or '.join(askers)} asked" for role, askers in by.items())
        asked = (row.kind, row.label, _listed(row.from_statuses), _who(row.who), steps)
        yield *asked, _needs(row.needs), _listed(row.reason_codes), row.on_approval or ""


def _whistles(shown: WorkflowOut) -> Iterable[Cells]:
    for row in shown.whistle.kinds:
        yield row.kind, row.label, _listed(row.from_statuses), _listed(row.roles), f"{row.arrive_min or ''}"


def _part_moves(shown: PartTables) -> Iterable[Cells]:
    for row in shown.moves:
        named = [role for role in row.roles if role not in row.by and role != "system"]
        who = f"the {_listed(one.removeprefix('the ') for one in row.by)}" + (f": {_listed(named)}" if named else "")
        made = (row.action, row.label, _listed(row.from_states) or "-", row.to_state or "stays", who)
        yield *made, _needs(row.needs), row.starts or ""


def _order_moves(shown: PartTables) -> Iterable[Cells]:
    return (line[:-1] for line in _part_moves(shown))


def _notes(shown: WorkflowOut) -> Iterable[Cells]:
    for row in shown.note:
        yield row.kind, row.label, f"{_listed(row.roles)} {row.by}".strip()


def _ladders(shown: WorkflowOut) -> Iterable[Cells]:
    for ladder in shown.clock.ladders:
        for step in ladder.steps:
            when = f"{step.share:.0%} of the limit" if step.share < 1 else "the limit"
            late = f"{step.after_min} min after {when}" if step.after_min else when
            grade = step.grade if "supervise" in step.acts else ""
            yield ladder.clock, f"{step.number}", late, _listed(step.acts), grade


def _ladder(shown: WorkflowOut) -> str:
    told = ", then ".join(f"{' and '.join(roles)}" for roles in shown.sos.ladder)
    return (
        f"An SOS is told to {told} of its centre, then to the same of each centre above, one limit of the\n"
        "centre (`sos_limit_s`) apart, until somebody acknowledges it. Whoever raised it neither acknowledges nor\n"
        "resolves it.\n"
    )


def _who(who: WhoRow) -> str:
    return "the system" if who.standing == Standing.SYSTEM else f"{_listed(who.roles)} {who.standing}"


def _needs(needs: Iterable[str]) -> str:
    return _listed(need.replace("|", " or ") for need in needs)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
