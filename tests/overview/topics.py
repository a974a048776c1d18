"""Every topic that the code can write to the log about what stands on boards: found in the code, not remembered."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from app.command.pressing import TOPICS as PRESSED
from app.dispatch.workflow import AssignmentState
from app.incident.models import TaskState
from app.incident.request.workflow import RequestState
from app.incident.workflow import Action
from app.linkage.workflow import SummonsState
from app.overview.board.workflow import TOUCHES
from app.safety.sos.workflow import SosState
from app.safety.welfare.workflow import WelfareAction

ROOT = Path(__file__).parents[2] / "app"
ABOVE = {"notice", "stream", "overview", "replay", "sync"}
"""Who reads the log, and so names topics of others; or names operations in the same way."""
TOPIC, BEGINNING = re.compile(r"([a-z_]+)\.[a-z_]+"), re.compile(r"([a-z_]+)\.")
FAMILIES: dict[str, list[str]] = {
    "assignment": list(AssignmentState),
    "incident": list(Action),
    "request": list(RequestState),
    "sos": list(SosState),
    "summons": [*SummonsState, "waived"],
    "supervision": list(PRESSED.values()),
    "task": list(TaskState),
    "welfare": list(WelfareAction),
    "whistle": ["blown", "closed"],
    "leave": [],
    "share": [],
    "swap": [],
}
"""Topics that are put together as `noun.{verb}`: the verbs. Leaves, shares and swaps touch no board."""


def constants() -> Iterator[str]:
    """Every text in the code that looks like a topic; of one put together, its beginning."""
    for path in ROOT.rglob("*.py"):
        if ABOVE.intersection(path.relative_to(ROOT).parts):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            word = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if TOPIC.fullmatch(word) or BEGINNING.fullmatch(word):
                yield word


def topics() -> set[str]:
    """The topics of nouns that touch boards."""
    plain = {one for one in constants() if TOPIC.fullmatch(one) and not one.endswith(".id")}
    made = {f"{noun}.{verb}" for noun, verbs in FAMILIES.items() for verb in verbs}
    return {one for one in plain | made if one.partition(".")[0] in TOUCHES}
