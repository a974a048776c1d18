"""A change of one incident: what its moves write is gathered here and then written at once."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from fastapi import Response

from app.catalogue.workflow import Step, WorkCalendar
from app.command import queries, summoning
from app.command.climbing import Climber
from app.command.queries import Writing
from app.command.record.linked import Record
from app.command.record.view import shown
from app.command.schemas import Call, Observed, Told
from app.command.workflow import Clocks, basis_of, limit_of
from app.core.db import Lane
from app.core.ids import uuid7
from app.core.once import answer
from app.identity.workflow import Actor, Role
from app.incident.request.workflow import TABLE as REQUESTS
from app.incident.request.workflow import RequestKind
from app.incident.workflow import ENDS, LEVEL_MOVES, MOVES, Action, Crew, Status, target_of
from app.policy.workflow import ladders_of

ENDED = {Crew.CLEAR: "cleared", Crew.WITHDRAW: "withdrawn"}


class Change:
    """Everything one request does to one incident. `record` is kept as it will be read afterwards."""

    def __init__(self, record: Record, actor: Actor, calendar: WorkCalendar) -> None:
        self.record, self.actor, self.calendar = record, actor, calendar
        self.now: datetime = record["now"]
        self.told: Told | None = None
        self.clocks = Clocks(
            record["id"],
            record["clocks"],
            now=self.now,
            basis_of=lambda kind: basis_of(record, kind),
            climber=Climber(calendar, ladders_of(record["ladders"])),
            level=record["commanding_centre"]["level"],
            round_=record["round"],
        )
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in (*queries.LISTS, *queries.RARE)}

    def observe(self, observed: Observed | None, since: datetime) -> None:
        """Let what follows count from when a device saw it, where that is to be believed."""
        if observed is not None:
            self.told = Told(observed.at, self.now, observed.doubt(self.now, since))
            self.clocks.stops_at = self.told.counts_at

    def command_from(self, level: int, ladders: Any) -> None:
        """Let clocks that start from now on be those of a centre of this level, with its ladders."""
        self.clocks.level, self.clocks.climber = level, Climber(self.calendar, ladders_of(ladders))

    def move(self, action: Action, role: Role, *, to: Status | None = None, **said: Any) -> None:
        """Make one move: status, version, history, clocks, crews and event. `said` is note, details, evidence.

        `to` overrides the table's target where a level move takes handling back to registered.
        """
        row, record = MOVES[action], self.record
        before = Status(record["status"]) if record["version"] else None
        after = to or target_of(row, before or Status.REPORTED)
        late = self.clocks.overdue(row.meets)
        self._history(action, role, before, after, late, **said)
        if before is not after:
            record["status_since"] = self.now
        record["status"] = after.value
        record["is_returned"] = action is Action.RETURN or (record["is_returned"] and before is after)
        record["closed_at"] = self.now if after in ENDS else None
        self.clocks.round = record["round"]
        self.clocks.after(row, after)
        if action in LEVEL_MOVES:
            self.clocks.hand(after, down=action is Action.ASSIGN_DOWN)
        self.expire_requests(after)
        if row.crew is not Crew.KEEP:
            self.end_assignments(ENDED[row.crew], said.get("note"))
        summoning.after_move(self, action, ends=after in ENDS, withdraws=row.crew is Crew.WITHDRAW)
        self._event(f"incident.{action}", before)
        if action is Action.DISPATCH and after is Status.DISPATCHED and summoning.is_under_way(record):
            self.move(Action.START, Role.SYSTEM, details={"because": "under way already"})

    def amend(
        self, role: Role, details: dict[str, Any], note: str | None = None, action: Action = Action.AMEND
    ) -> None:
        """Record what changes an incident but not its status: its description, or who is called to it."""
        status = Status(self.record["status"])
        self._history(action, role, status, status, late=False, note=note, details=details)
        self._event(f"incident.{action}", status)

    def _history(self, action: str, role: Role, before: Status | None, after: Status, late: bool, **said: Any) -> None:  # noqa: FBT001  # one history row's columns
        record = self.record
        since = record["status_since"]
        record["version"] += 1
        record["updated_at"] = self.now
        self.clocks.seq = record["version"]
        self.rows["moves"].append(
            {
                "incident_id": record["id"],
                "seq": record["version"],
                "action": str(action),
                "from_status": before,
                "to_status": after,
                "actor_id": self.actor.account_id,
                "role": role,
                "centre_id": record["commanding_centre_id"],
                "from_centre_id": said.get("from_centre_id"),
                "note": said.get("note"),
                "details": said.get("details") or {},
                "evidence": said.get("evidence") or [],
                "seconds_in_state": (self.now - since).total_seconds() if before else None,
                "overdue": late,
            }
        )

    def _event(self, topic: str, before: Status | None) -> None:
        record = self.record
        payload = {
            "incident_id": record["id"],
            "number": record["number"],
            "version": record["version"],
            "status": record["status"],
            "from_status": before,
            "centre_id": record["commanding_centre_id"],
            "cell_id": record["cell_id"],
            "area_id": record["area_id"],
            "priority": record["priority"],
            "due_at": self.clocks.due_at,
        }
        self.log(topic, record["id"], record["version"], payload)

    def log(self, topic: str, subject_id: UUID, version: int | None, payload: dict[str, Any], also: Any = None) -> None:
        """Add a fact to the log, for everybody who may see the incident, and for one organisation more."""
        record = self.record
        places = [record["home_centre_id"], record["lead_department_id"], *summoning.linked(record), also]
        payload = payload | {"area_lineage": record["area_lineage"]}
        event = {"topic": topic, "subject_id": subject_id, "subject_version": version, "payload": payload}
        self.rows["events"].append(event | {"scope": list(dict.fromkeys(str(place) for place in places if place))})

    def offer(self, patrol: dict[str, Any], *, stacked: bool, override_reason: str | None) -> dict[str, Any]:
        """Offer the incident to a patrol."""
        assignment = {
            "id": uuid7(),
            "version": 1,
            "incident_id": self.record["id"],
            "patrol_id": patrol["id"],
            "state": "offered",
            "is_active": not stacked,
            "is_stacked": stacked,
            "offered_at": self.now,
            "distance_m": patrol.get("distance_m"),
            "override_reason": override_reason,
        }
        self.rows["assignments"].append(assignment)
        empty = dict.fromkeys(("accepted_at", "departed_at", "arrived_at", "ended_at")) | {"observed": {}}
        self.record["assignments"].append(
            {k: v for k, v in assignment.items() if k not in ("incident_id", "override_reason")}
            | empty
            | {"patrol": patrol["code"], "patrol_name": patrol["name"]}
        )
        self._assignment_event("assignment.offered", assignment)
        return assignment

    def set_assignment(self, assignment: dict[str, Any], state: str, reason: str | None = None, **times: Any) -> None:
        """Change an assignment; one that ends frees its patrol."""
        live = state in ("offered", "accepted", "en_route", "on_scene")
        assignment |= times | {"state": state, "version": assignment["version"] + 1}
        if not live:
            assignment |= {"is_active": False, "is_stacked": False, "ended_at": self.clocks.stops_at}
        kept = {name: assignment[name] for name in queries.ASSIGNMENT_CHANGE if name != "reason"}
        self.rows["assignment_changes" if live else "assignment_ends"].append(kept | {"reason": reason})
        self._assignment_event(f"assignment.{state}", assignment)

    def _assignment_event(self, topic: str, assignment: dict[str, Any]) -> None:
        names = ("id", "patrol_id", "state", "version")
        payload = {name: assignment[name] for name in names} | {"incident_id": self.record["id"]}
        self.log(topic, UUID(str(assignment["id"])), assignment["version"], payload)

    def end_assignments(self, state: str, reason: str | None) -> None:
        """End every assignment that still runs."""
        for assignment in self.record["assignments"]:
            if assignment["is_active"] or assignment["is_stacked"]:
                went = assignment["state"] != "offered"
                self.set_assignment(assignment, state if went else ENDED[Crew.WITHDRAW], reason)

    def open_task(self, kind: str, patrol_id: UUID | None, account_id: UUID | None, due: datetime) -> UUID:
        """Open a verify or check task, held by a patrol, an account, or everybody who may do it."""
        task = {"id": uuid7(), "kind": kind, "state": "offered", "due_at": due, "card": None}
        self.rows["tasks"].append(
            task | {"incident_id": self.record["id"], "patrol_id": patrol_id, "account_id": account_id}
        )
        self.record |= {"task_id": task["id"], "task_patrol_id": patrol_id, "task_account_id": account_id}
        self.record["task"] = task | {"version": 1}
        self._task_event("offered", self.record["task"])
        return UUID(str(task["id"]))

    def set_task(self, task: dict[str, Any], state: str, **said: Any) -> None:
        """Change the open task: taken, reported with a result, or withdrawn."""
        task |= {"state": state, "version": task["version"] + 1}
        reported = {"reported_by": self.actor.account_id, "reported_at": self.now} if state == "reported" else {}
        held = {"account_id": self.record["task_account_id"], "card": task["card"]}
        kept = dict.fromkeys(queries.TASK_CHANGE) | held
        self.rows["task_changes"].append(kept | said | reported | {"id": task["id"], "state": state})
        self._task_event(state, task)

    def _task_event(self, state: str, task: dict[str, Any]) -> None:
        payload = {"id": task["id"], "kind": task["kind"], "state": state, "incident_id": self.record["id"]}
        self.log(f"task.{state}", UUID(str(task["id"])), task["version"], payload)

    def expire_requests(self, status: Status) -> None:
        """End the open requests that the incident has moved away from: nobody can carry them out any more."""
        for request in self.record["requests"]:
            if request["state"] == "asked" and status not in REQUESTS[RequestKind(request["kind"])].source:
                self.decide(request, "expired", None)

    def decide(self, request: dict[str, Any], state: str, note: str | None, *, misdispatch: bool = False) -> None:
        """End a request."""
        decided = {"state": state, "decided_at": self.now, "decision_note": note, "is_misdispatch": misdispatch}
        request |= decided | {"version": request["version"] + 1}
        self.rows["request_changes"].append({"id": request["id"], "decided_by": self.actor.account_id} | decided)
        self.log(f"request.{state}", UUID(str(request["id"])), request["version"], self._about(request))

    def ask(self, kind: str, role: Role, **asked: Any) -> dict[str, Any]:
        """Open a request."""
        request: dict[str, Any] = {"id": uuid7(), "version": 1, "kind": kind, "state": "asked", "asker_role": role}
        expires = self.calendar.due(self.now, limit_of(self.record, Step.DECIDE))
        by = {"asked_by": self.actor.account_id, "round": self.record["round"], "expires_at": expires}
        request |= asked | by
        self.rows["requests"].append(request | {"incident_id": self.record["id"]})
        self.log("request.asked", request["id"], 1, self._about(request))
        undecided = {"decided_at": None, "decision_note": None, "is_misdispatch": False}
        kept = request | undecided | {"created_at": self.now}
        self.record["requests"].append(kept)
        return kept

    def _about(self, request: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": request["id"],
            "kind": request["kind"],
            "state": request["state"],
            "incident_id": self.record["id"],
        }

    def _written(self) -> dict[str, Any]:
        """The values of the writing statement."""
        record = self.record
        self.rows["clocks"], self.rows["clock_entries"] = self.clocks.added, self.clocks.entries
        self.rows["clock_changes"] = [c for c in self.clocks.changed.values() if c not in self.clocks.added]
        lists = {name: orjson.dumps(rows, default=str).decode() for name, rows in self.rows.items()}
        columns = {name: record[name] for name in (*queries.CHANGING, "id", "version")}
        for name in ("given", "routing"):
            columns[name] = orjson.dumps(record[name]).decode() if record[name] else None
        return columns | lists | {"lon": record["lon"], "lat": record["lat"]}

    async def write(self, call: Call, how: Writing = queries.CHANGE, status: int = 200, **more: Any) -> Response:
        """Write the change and its answer in one statement, and give the answer: the incident as it is then."""
        self._settle()
        body = shown(self.record, self.actor, **more)
        return await self._write(call, how, body, status, self.record["version"])

    async def write_part(self, call: Call, part: dict[str, Any], status: int = 200) -> Response:
        """Write the change; the answer is one part of the incident, with where the incident stands."""
        self._settle()
        incident = {name: self.record[name] for name in ("id", "number", "status", "version")}
        body = orjson.dumps(part | {"incident": incident}, default=str)
        return await self._write(call, queries.CHANGE, body, status, part["version"])

    def _settle(self) -> None:
        self.record["due_at"] = self.clocks.due_at
        self.record["clocks"] = list(self.clocks.current.values())

    async def keep(self, lane: Lane) -> None:
        """Write a change that nobody asked for, so that there is no answer: the clock's."""
        self._settle()
        await queries.BY_CLOCK.row(lane, **self._written())

    async def _write(self, call: Call, how: Writing, body: bytes, status: int, version: int) -> Response:
        etag = f'"{version}"'
        written = self._written()
        statement = how.whole if any(self.rows[name] for name in queries.RARE) else how.often
        on_insert = {name: self.record[name] for name in queries.SET_ON_INSERT}
        once = call.once
        await statement.row(
            call.lane,
            **written,
            **on_insert,
            actor_id=once.principal_id,
            key=once.key,
            fingerprint=once.fingerprint,
            answer_status=status,
            answer_etag=etag,
            answer_body=body.decode(),
        )
        return answer(body, status, etag)
