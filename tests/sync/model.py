"""What batches must come to, in plain Python: devices decided in their own order, one assignment, and its crew.

Written from docs/sync.md, not from the tables of the service.
"""

from typing import Any

Json = dict[str, Any]
STEPS = {
    "accept": ({"offered"}, "accepted"),
    "decline": ({"offered"}, "declined"),
    "depart": ({"accepted"}, "en_route"),
    "arrive": ({"accepted", "en_route"}, "on_scene"),
    "clear": ({"en_route", "on_scene"}, "cleared"),
}
FURTHER = {
    "accept": {"accepted", "en_route", "on_scene"},
    "depart": {"en_route", "on_scene"},
    "arrive": {"on_scene"},
    "decline": {"cleared", "declined", "withdrawn"},
}
ENDED = {"cleared", "declined", "withdrawn"}


class Model:
    """The service, as far as these operations go."""

    def __init__(self, shared: str, assignment: str, crew: set[str]) -> None:
        self.shared, self.assignment, self.crew = shared, assignment, crew
        self.state = "offered"
        self.went: set[str] = set()
        self.told_late = 0
        self.incidents: set[str] = set()
        self.notes: list[str] = []
        self.fixes: set[str] = set()
        self.last_seq: dict[str, int] = {}
        self.receipts: dict[str, str] = {}

    def batch(self, who: str, ops: list[Json]) -> list[str]:
        """The results of a batch, in the order of the request."""
        results: dict[int, str] = {}
        waits = False
        for index, op in sorted(enumerate(ops), key=lambda one: int(one[1]["device_seq"])):
            results[index] = "retry" if waits else self._one(who, op)
            waits = waits or results[index] == "retry"
        return [results[index] for index in range(len(ops))]

    def _one(self, who: str, op: Json) -> str:
        known = self.receipts.get(op["op_id"])
        if known is not None:
            return "duplicate" if known == "applied" else known
        if op["device_seq"] != self.last_seq.get(who, 0) + 1:
            return "retry"
        self.last_seq[who] = op["device_seq"]
        self.receipts[op["op_id"]] = self._decided(who, op)
        return self.receipts[op["op_id"]]

    def _decided(self, who: str, op: Json) -> str:
        said, target = op["payload"], op.get("target", "")
        match op["type"]:
            case "incident.report":
                return self._report(target, said)
            case "incident.note":
                if "note" not in said or target not in self.incidents | {self.shared}:
                    return "rejected"
                self.notes.append(said["note"])
                return "applied"
            case "assignment.transition":
                return self._move(who, said["action"])
            case "positions.add":
                if who in self.crew:
                    self.fixes |= {fix["observed_at"] for fix in said["positions"]}
                return "applied"
            case _:
                return "rejected"

    def _report(self, target: str, said: Json) -> str:
        if said["location"]["coordinates"][0] > 118.8:  # in nobody's jurisdiction
            return "rejected"
        self.incidents.add(target)
        return "applied"

    def _move(self, who: str, action: str) -> str:
        source, leads_to = STEPS[action]
        if self.state in source:
            if who not in self.crew:
                return "rejected"
            self.state = leads_to
            self.went.add(action)
            return "applied"
        if self.state in FURTHER.get(action, set()):
            return "superseded"
        if self.state not in ENDED or action == "accept":
            return "conflict"
        if who not in self.crew:
            return "rejected"
        self.told_late += not self._is_known(action)
        return "superseded"

    def _is_known(self, action: str) -> bool:
        if action == "clear":
            return self.state == "cleared"
        return "arrive" in self.went or action in self.went

    def withdraw(self) -> bool:
        """The dispatcher takes the assignment back, if it lasts."""
        lasts = self.state not in ENDED
        self.state = "withdrawn" if lasts else self.state
        return lasts
