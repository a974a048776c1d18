"""What each kind of work needs before it is measured: its statements as a script, and its subjects in their first state."""

import re
from typing import Any
from uuid import UUID

import httpx

from app.core.db import Database
from app.core.ids import uuid7
from app.core.settings import Settings
from app.main import create_app
from bench.recording import Look, Run, Script, literal, nothing, recorded
from bench.works import GROUP, SUBJECTS, Step, Work, made, model, spread

PATROL = 5
PLACE = (118.5207, 32.0011)
RESET = """
CREATE TEMPORARY TABLE subject AS SELECT id FROM incident WHERE id = ANY ('{{{subjects}}}');
DELETE FROM assignment WHERE id > '01960000-0000-0000-0000-000000000000';
DELETE FROM clock_entry WHERE clock_id IN (SELECT id FROM clock WHERE incident_id IN (SELECT id FROM subject));
DELETE FROM clock WHERE incident_id IN (SELECT id FROM subject);
INSERT INTO clock (id, incident_id, kind, state, is_current, round, level, amount, unit, started_at, due_at, paused_at, ended_at)
  SELECT gen_random_uuid(), s.id, kind, state, is_current, round, level, amount, unit, started_at, due_at, paused_at, ended_at
  FROM clock, subject s WHERE incident_id = '{model}' AND is_current;
UPDATE incident i SET status = m.status, status_since = m.status_since, category_id = m.category_id, standard_id = m.standard_id,
  due_at = m.due_at, lead_patrol_id = m.lead_patrol_id, lead_department_id = m.lead_department_id, closed_at = NULL
  FROM incident m WHERE m.id = '{model}' AND i.id IN (SELECT id FROM subject);
"""


class Desk:
    """The application in this process, to see what it does."""

    def __init__(self, settings: Settings, size: int) -> None:
        self.database = Database(settings)
        self.api = create_app(settings, self.database)
        self.size = size
        self.look: Look = nothing

    def token(self, account: int) -> str:
        """A token of one of the made accounts."""
        return str(self.api.state.doorman.access_token(made("01910000", account)))

    async def script(self, work: Work) -> str:
        """The work as a pgbench script. It is done once before, so that the second time is like any later one."""
        subject = model(work, self.size) if work.fifth is not None else made("01930000", 7)
        for _ in range(2):
            fresh = uuid7()
            script = Script(_setup(work, self.size), _stands_for(subject, fresh))
            for runs in await self.steps(work, subject, fresh):
                key = next((run.values["key"] for run in runs if "key" in run.values), "")
                script.stands_for[key] = f"({literal(key[:24])} || :n)"
                script.stands_for |= _patrols(runs)
                script.request(runs)
        return "\n".join(script.lines) + "\n"

    async def steps(self, work: Work, subject: UUID, fresh: UUID) -> list[list[Run]]:
        """The statements of each step."""
        return [await self.runs(step, subject, fresh, str(uuid7())) for step in work.steps]

    async def runs(self, step: Step, subject: UUID, fresh: UUID, key: str) -> list[Run]:
        """The statements of one request that must go well."""
        values = {"ID": subject, "NEW": fresh, "PATROL": f"P-{PATROL:04d}", "LON": PLACE[0], "LAT": PLACE[1]}
        path, body = (_filled(text, values) for text in (step.path, step.body or ""))
        headers = {"Authorization": f"Bearer {self.token(step.by)}", "Idempotency-Key": key, "If-Match": "*"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.api), base_url="http://bench") as client:
            await self.api.state.doorman.caller(self.token(step.by), None)  # known then, as nearly always
            with recorded(self.look) as runs:
                headers["Content-Type"] = "application/json"
                answer = await client.request(step.method, path, headers=headers, content=body.encode())
        if answer.is_error:
            message = f"{step.method} {path}: {answer.status_code} {answer.text[:500]}"
            raise RuntimeError(message)
        return [run for run in runs if "calendar_id" not in run.values or len(run.values) > 1]

    def by_key(self, work: Work, statement: str) -> str:
        """A statement about one incident, named by its key, as a script."""
        subject = "'01930000-0000-7000-8000-' || lpad(:i::text, 12, '0')"
        return f"{_setup(work, self.size)}\n{statement.replace('$1', f'({subject})')};\n"

    def reset(self, work: Work) -> str:
        """The statements that put the subjects into the state the work starts from."""
        if work.fifth is None:
            return RESET.split("\n")[2]
        numbers = [GROUP * spread(self.size) * (j // 10) + 10 * work.fifth + j % 10 for j in range(SUBJECTS)]
        subjects = ",".join(str(made("01930000", number)) for number in numbers)
        return RESET.format(subjects=subjects, model=model(work, self.size))


def _filled(text: str, values: dict[str, Any]) -> str:
    return re.sub("@([A-Z]+)@", lambda found: str(values[found[1]]), text)


def _setup(work: Work, size: int) -> str:
    """The variables of a transaction: `j` a subject of this client's own, `i` the incident, `n` a number used once."""
    own = f"\\set j :client_id + :clients * (:k % ({SUBJECTS} / :clients))"
    number = f"{GROUP * spread(size)} * (:j / 10) + {10 * (work.fifth or 0)} + :j % 10"
    return "\n".join(
        [
            "\\set k :k + 1",
            own,
            f"\\set i {number if work.fifth is not None else f'random(0, {size - 1})'}",
            "\\set n 100000000000 + :k * :clients + :client_id",
            "\\set p 200 * (:j % 10) + 5 * (:j / 10)",
            "\\set lon 118.4 + random(0, 399999) / 1000000.0",
            "\\set lat 31.9 + random(0, 159999) / 1000000.0",
        ]
    )


def _patrols(runs: list[Run]) -> dict[str, str]:
    """Whichever patrol was sent, the script sends one of this client's own: a patrol can be sent once only."""
    sent = re.findall(r"01920000-[-0-9]+", "".join(str(run.values.get("assignments")) for run in runs))
    return dict.fromkeys(sent, "('01920000-0000-7000-8000-' || lpad(:p::text, 12, '0'))")


def _stands_for(subject: UUID, fresh: UUID) -> dict[str, str]:
    ends = "lpad(:{}::text, 12, '0')"
    code = f"P-{PATROL:04d}"
    return {
        str(subject): f"({literal(str(subject)[:24])} || {ends.format('i')})",
        str(fresh): f"({literal(str(fresh)[:24])} || :n::text)",
        code: "('P-' || lpad(:p::text, 4, '0'))",
        str(PLACE[0]): ":lon",
        str(PLACE[1]): ":lat",
    }
