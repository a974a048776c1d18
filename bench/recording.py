"""The statements of one request as the application really sends them, and the same as a script for pgbench.

Nothing is written by hand: a request is made in this process, every statement that runs is kept with its values, and
each value that has to differ from one transaction to the next is replaced by an expression.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from app.core.db import Hot

UUID_TEXT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Sql(str):
    """A piece of SQL, not a value."""

    __slots__ = ()


class Run(NamedTuple):
    """One statement that ran, with its values by name and the first row it gave."""

    hot: Hot
    values: dict[str, Any]
    row: dict[str, Any]


Look = Callable[[Hot, Any, dict[str, Any]], Awaitable[None]]
"""What is done with a statement, the connection and its values just before it runs."""


async def nothing(_: Hot, __: Any, ___: dict[str, Any]) -> None:
    """Let it run."""


@contextmanager
def recorded(look: Look = nothing) -> Iterator[list[Run]]:
    """The statements that run inside."""
    runs: list[Run] = []
    row, rows = Hot.row, Hot.rows

    async def kept_row(hot: Hot, lane: Any, **values: Any) -> Any:
        await look(hot, lane, values)
        found = await row(hot, lane, **values)
        runs.append(Run(hot, values, dict(found or {})))
        return found

    async def kept_rows(hot: Hot, lane: Any, **values: Any) -> Any:
        await look(hot, lane, values)
        found = await rows(hot, lane, **values)
        runs.append(Run(hot, values, dict(found[0]) if found else {}))
        return found

    Hot.row, Hot.rows = kept_row, kept_rows  # type: ignore[assignment,method-assign]  # put back below
    try:
        yield runs
    finally:
        Hot.row, Hot.rows = row, rows  # type: ignore[method-assign]


class Script:
    """A pgbench script. `stands_for` says which texts are replaced, each by an expression of SQL."""

    def __init__(self, setup: str, stands_for: Mapping[str, str]) -> None:
        self.lines = [setup]
        self.stands_for = dict(stands_for)
        self.seen: set[str] = set()
        """Ids that are in the database, or come out of it."""

    def request(self, runs: list[Run]) -> None:
        """Add one request: a single statement as it is, a reading and a writing one as a transaction."""
        if len(runs) == 1:
            self.lines.append(self.sql(runs[0]) + ";")
            return
        reading, writing = runs
        text = self.sql(reading, {"key_lock": ":n"})
        self._read(reading, writing)
        self._name_new(writing)
        more = {"version": ":r_version::int + 1"} if "version" in reading.row else {}
        self.lines += ["BEGIN;", text + " \\gset r_", self.sql(writing, more) + ";", "COMMIT;"]

    def sql(self, run: Run, more: Mapping[str, str] | None = None) -> str:
        """A statement with its values written into it."""
        shown = {name: Sql(self.value(value)) for name, value in run.values.items()}
        shown |= {name: Sql(value) for name, value in (more or {}).items()}
        given = [part if isinstance(part, Sql) else literal(part) for part in run.hot.arguments(shown)]
        return re.sub(r"\$(\d+)", lambda found: f"({given[int(found[1]) - 1]})", run.hot.sql)

    def value(self, value: Any) -> str:
        """A value as SQL."""
        if isinstance(value, list | tuple):
            shown = [self.value(part) for part in value]
            return f"ARRAY[{', '.join(shown)}]" if shown else "'{}'"
        if value is None or isinstance(value, bool | int | bytes | datetime):
            return literal(value)
        text = str(value)
        if text in self.stands_for:
            return self.stands_for[text]
        return self._format(text) if isinstance(value, str) else literal(text)

    def _format(self, text: str) -> str:
        """A text in which parts are replaced."""
        wanted = [part for part in self.stands_for if part in text]
        if not wanted:
            return literal(text)
        numbers = {part: str(n) for n, part in enumerate(wanted, 1)}
        either = re.compile("|".join(re.escape(part) for part in sorted(wanted, key=len, reverse=True)))
        template = either.sub(lambda found: f"%{numbers[found[0]]}$s", text.replace("%", "%%"))
        return f"format({literal(template)}, {', '.join(f'({self.stands_for[part]})::text' for part in wanted)})"

    def _read(self, reading: Run, writing: Run) -> None:
        """What came with the reading comes with it in every transaction: as a column, or inside one of JSON."""
        for name, value in reading.row.items():
            if isinstance(value, UUID):
                self.stands_for.setdefault(str(value), f":r_{name}")
            elif name in ("clocks", "assignments"):
                for place, part in enumerate(orjson.loads(value or b"[]")):
                    self.stands_for.setdefault(part["id"], f"(:r_{name}::jsonb->{place}->>'id')")
        if "serial" in reading.row:
            start = writing.values["number"].removesuffix(f"{reading.row['serial']:06d}")
            self.stands_for[writing.values["number"]] = (
                f"({literal(start)} || lpad(:r_serial::text, greatest(6, length(:r_serial::text)), '0'))"
            )
        elif "version" in reading.row:
            seq = f'"seq":{writing.values["version"]},'
            self.stands_for[seq] = f"({literal(seq[:6])} || (:r_version::int + 1) || ',')"
        self.seen |= set(UUID_TEXT.findall(f"{reading.row} {reading.values}"))

    def _name_new(self, writing: Run) -> None:
        """Ids that only the writing knows were made for it: each gets a new end in every transaction."""
        for text in sorted(set(UUID_TEXT.findall(str(writing.values))) - self.seen - set(self.stands_for)):
            start = f"{text[:19]}{0x8000 + len(self.stands_for):04x}-"  # ids of one millisecond begin alike
            self.stands_for[text] = f"({literal(start)} || :n::text)"


def literal(value: Any) -> str:
    """A constant in SQL, without any colon: pgbench would take what follows for a variable."""
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, bytes):
        value = "\\x" + value.hex()
    if isinstance(value, list | tuple):
        value = "{" + ",".join(f'"{part}"' for part in value) + "}"
    escaped = str(value).replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a")
    return f"E'{escaped}'"
