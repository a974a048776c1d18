"""The whole API, a line an operation: whoever changes it sees in the diff what clients will notice.

Renew it with `make contract`.
"""

import difflib
import os
from pathlib import Path
from typing import Any

from tests.contract.document import Json, Operation, operations

SNAPSHOT = Path(__file__).with_name("operations.txt")
RENEW = "CONTRACT_RENEW"


def test_the_api_is_the_one_in_the_snapshot() -> None:
    now = "".join(f"{_line(operation)}\n" for operation in operations())
    if os.environ.get(RENEW):
        SNAPSHOT.write_text(now)
    kept = SNAPSHOT.read_text()
    diff = "\n".join(difflib.unified_diff(kept.splitlines(), now.splitlines(), "kept", "now", n=0, lineterm=""))
    assert kept == now, f"the API has changed; if it was meant to, `make contract` renews the snapshot\n{diff}"


def _line(operation: Operation) -> str:
    """`POST /path  rights  Request -> 201 Answer  problem statuses`."""
    rights = "public" if operation.public else "+".join(sorted(operation.rights)) or "signed-in"
    bodies = "|".join(_schema(media) for media in operation.bodies.values())
    answers = [f"{status} {_schema(media)}" for (status, _), media in operation.successes.items()]
    statuses = sorted(operation.said["responses"])
    bare = [status for status in statuses if status < "4" and not any(one.startswith(status) for one in answers)]
    refusals = ",".join(status for status in statuses if status >= "4")
    return (
        f"{operation}  {rights}  {f'{bodies} -> ' if bodies else ''}{', '.join([*answers, *bare])}  {refusals}".rstrip()
    )


def _schema(media: Json) -> str:
    return _named(media.get("schema", {}))


def _named(schema: Json) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    options: list[Any] = schema.get("anyOf") or schema.get("oneOf") or []
    if options:
        return "|".join(_named(option) for option in options)
    return f"[{_named(schema['items'])}]" if "items" in schema else str(schema.get("type", "bytes"))
