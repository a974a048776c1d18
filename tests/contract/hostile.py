"""What a fuzzer sends: values as a schema asks for, and in their place what no client should ever send."""

import copy
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.contract.document import Json, examples, resolved

DEEP: Any = "leaf"
for _ in range(200):
    DEEP = [DEEP] if _ % 2 else {"a": DEEP}
STRINGS = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "x\udfffy",
    "\u202e\u0000",
    "💥🚒" * 40,
    "一" * 5000,
    "x" * 70_000,
    "'; DROP TABLE incident; --",
    "%' OR 1=1 --",
    "%s%n%(x)s{0}",
    "../../../etc/passwd",
    "NaN",
    "Infinity",
    "-0",
    "1e400",
    "null",
    "\r\nX-Evil: 1",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "24:00",
    "00000000-0000-0000-0000-000000000000",
    "not-a-uuid",
    "bm90IGEgY3Vyc29y",
    "W10",
    "WyJpbmNpZGVudHMiXQ",
    "1,2,3,4",
    "nan,nan,nan,nan",
    "-180,-90,180,90",
    "1e308,1e308,1e308",
    "*",
    "a" * 64,
    "9" * 400,
    "(((((((((",
    "\\",
]
NUMBERS = [0, -1, 1, 5, 2**31 - 1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**30, 10**400]
FLOATS = [0.1, -0.0, 1e-320, 5e-324, 1e308, -1e308, float("nan"), float("inf"), float("-inf"), 180.0000001, 1e16]
OTHERS: list[Any] = [None, True, False, [], {}, [None], [[[]]], {"": ""}, {"\x00": 1}, [1, "a", {}], DEEP]
HEADERS = [b"", b"*", b'"1"', b'W/"2"', b'"-1"', b"1e9", b'"99999999999"', b"\xff\xfe", b"x" * 9000, b'"\xb2"', b"\t1"]
RAW = [
    b"",
    b"{",
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b'{"a":' * 20_000,
    b"NaN",
    b"1e400",
    b'"\\ud800"',
    b'{"a": 1, "a": 2}',
    b"null",
    b"\xef\xbb\xbf{}",
]


@dataclass
class Fuzzer:
    """Values by chance, the same for the same seed; `known` are values that mean something here, by their name."""

    chance: random.Random
    known: dict[str, list[Any]] = field(default_factory=dict)

    def anything(self) -> Any:
        """Something hostile of any type."""
        kinds: list[Sequence[Any]] = [STRINGS, STRINGS, NUMBERS, FLOATS, OTHERS]
        return copy.deepcopy(self.chance.choice(self.chance.choice(kinds)))

    def text(self) -> str:
        """A hostile text, for a path or a query."""
        found = self.anything() if self.chance.random() < 0.3 else self.chance.choice(STRINGS)
        return found if isinstance(found, str) else str(found)[:9000]

    def body(self, media: Json) -> Any:
        """A body: from its example or from its schema, with up to three values of it made hostile."""
        given = examples(media)
        made = copy.deepcopy(given[0]) if given and self.chance.random() < 0.4 else self.value(media["schema"])
        made = self._known_here(made)
        for _ in range(self.chance.choice([0, 0, 1, 1, 1, 3])):
            made = self._spoilt(made)
        return made

    def value(self, schema: Json, name: str = "", depth: int = 0) -> Any:
        """Something that the schema allows, most of the time at its limits."""
        schema = resolved(schema)
        if depth > 8:
            return None
        if options := schema.get("anyOf") or schema.get("oneOf"):
            return self.value(self.chance.choice(options), name, depth + 1)
        if "const" in schema or "enum" in schema:
            return self.chance.choice(schema.get("enum") or [schema["const"]])
        if name in self.known and self.chance.random() < 0.7:
            return self.chance.choice(self.known[name])
        made: dict[str, Callable[[], Any]] = {
            "object": lambda: self._object(schema, depth),
            "array": lambda: self._array(schema, name, depth),
            "string": lambda: self._string(schema),
            "number": lambda: self._number(schema),
            "integer": lambda: round(self._number(schema)),
            "boolean": lambda: self.chance.random() < 0.5,
            "null": lambda: None,
        }
        return made.get(schema.get("type", ""), self.anything)()

    def _number(self, schema: Json) -> float:
        """A number the schema allows: at its ends, between them, or as good as nothing."""
        huge = 2.0**31 - 1 if schema["type"] == "integer" else 1e308
        low: Any = schema.get("minimum", schema.get("exclusiveMinimum", -huge))
        high: Any = schema.get("maximum", schema.get("exclusiveMaximum", huge))
        some = [low, high, low / 2 + high / 2, 1, 2, 3, 118.605, 32.005, 5e-324]
        return float(self.chance.choice(some))

    def _string(self, schema: Json) -> str:
        dates = ["0001-01-01", "9999-12-31", "2026-11-23", "2024-02-29", "1970-01-01"]
        if schema.get("format") == "date":
            return self.chance.choice(dates)
        if schema.get("format") == "date-time":
            return self.chance.choice(dates) + self.chance.choice(
                ["T00:00:00Z", "T23:59:59.999999Z", "T08:00:00+08:00"]
            )
        pool = self.known["id" if schema.get("format") == "uuid" else "code"]
        said = [schema["example"]] if "example" in schema else schema.get("examples", [])
        if "pattern" in schema and "\\x00" not in schema["pattern"]:
            return str(self.chance.choice([*said, *self.chance.sample(pool, 3), "x", "08:00"]))
        longest = schema.get("maxLength", 60)
        words = [
            *said,
            "x" * longest,
            "流动摊贩占道经营"[:longest],
            *self.chance.sample(pool, 3),
            "x" * schema.get("minLength", 1),
        ]
        return str(self.chance.choice(words))

    def _array(self, schema: Json, name: str, depth: int) -> list[Any]:
        if "prefixItems" in schema:
            return [self.value(part, name, depth + 1) for part in schema["prefixItems"]]
        few = self.chance.choice([schema.get("minItems", 0), 1, 2, 2])
        return [self.value(schema.get("items", {}), name, depth + 1) for _ in range(few)]

    def _object(self, schema: Json, depth: int) -> Json:
        required = schema.get("required", ())
        parts = schema.get("properties", {})
        made = {
            part: self.value(inside, part, depth + 1)
            for part, inside in parts.items()
            if self.chance.random() < (0.97 if part in required else 0.4)
        }
        if isinstance(schema.get("additionalProperties"), dict):
            names = [*schema.get("propertyNames", {}).get("enum", ()), *self.chance.sample(self.known["code"], 2)]
            some = self.chance.sample(names, 2)
            made |= {key: self.value(schema["additionalProperties"], key, depth + 1) for key in some}
        return made

    def _known_here(self, made: Any) -> Any:
        """An example's codes and ids, replaced by those that mean something here."""
        if isinstance(made, dict):
            return {
                name: self.chance.choice(self.known[name])
                if name in self.known and not isinstance(part, dict | list) and self.chance.random() < 0.7
                else self._known_here(part)
                for name, part in made.items()
            }
        return [self._known_here(part) for part in made] if isinstance(made, list) else made

    def _spoilt(self, made: Any) -> Any:
        """The same with one value, somewhere, made hostile."""
        if isinstance(made, dict) and made and self.chance.random() < 0.93:
            name = self.chance.choice(list(made))
            return {**made, name: self._spoilt(made[name])}
        if isinstance(made, list) and made and self.chance.random() < 0.85:
            index = self.chance.randrange(len(made))
            return [*made[:index], self._spoilt(made[index]), *made[index + 1 :]]
        if isinstance(made, dict) and self.chance.random() < 0.4:
            return {**made, self.chance.choice(["x", "id", "\x00", "__class__", ""]): self.anything()}
        return self.anything()
