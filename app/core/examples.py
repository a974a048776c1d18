"""Where the examples of the document come from: what a schema says itself, else the examples of its parts."""

from collections.abc import Iterator
from typing import Any

FORMATS = {
    "uuid": "019ab2f0-0000-7000-8000-000000000001",
    "date-time": "2026-11-23T02:00:00.000Z",
    "date": "2026-11-23",
}
TYPES: dict[type, tuple[str, ...]] = {
    str: ("string",),
    bool: ("boolean",),
    int: ("integer", "number"),
    float: ("number",),
    list: ("array",),
    dict: ("object",),
    type(None): ("null",),
}
DEEPEST = 24


class NoExample(Exception):
    """Neither a schema nor its parts say what a value looks like; the message is the way to the part that is silent."""


class Examples:
    """The examples of a document's schemas; `fields` are those of fields by their name, where they do not say."""

    def __init__(self, schemas: dict[str, Any], fields: dict[str, Any]) -> None:
        self.schemas, self.fields = schemas, fields

    def of(self, schema: dict[str, Any], way: str = "", depth: int = 0) -> Any:
        """What a value of this schema looks like.

        Raises:
            NoExample: a part that must be there says nothing.
        """
        if depth > DEEPEST:
            raise NoExample(way)
        for said in (*_told(schema), *_known(schema)):
            return said
        if name := _name(schema):
            return self.of(self.schemas[name], f"{way} › {name}" if way else name, depth + 1)
        if options := schema.get("anyOf") or schema.get("oneOf"):
            return self._first(options, way, depth)
        if "prefixItems" in schema:
            return [self.of(part, f"{way}[]", depth + 1) for part in schema["prefixItems"]]
        if schema.get("type") == "array" and "items" in schema:
            return [self.of(schema["items"], f"{way}[]", depth + 1)]
        if schema.get("type") == "object" and "properties" in schema:
            return self._object(schema, way, depth)
        raise NoExample(way or str(schema)[:100])

    def _first(self, options: list[dict[str, Any]], way: str, depth: int) -> Any:
        silent = NoExample(way)
        for option in options:
            if option.get("type") != "null":
                try:
                    return self.of(option, way, depth + 1)
                except NoExample as found:
                    silent = found
        raise silent

    def _object(self, schema: dict[str, Any], way: str, depth: int) -> dict[str, Any]:
        made = {}
        for name, part in schema["properties"].items():
            try:
                made[name] = self._field(name, part, f"{way}.{name}", depth + 1)
            except NoExample:
                if name in schema.get("required", ()):
                    raise
        return made

    def _field(self, name: str, part: dict[str, Any], way: str, depth: int) -> Any:
        for said in _told(part):
            return said
        if name in self.fields and self._fits(self.fields[name], part):
            return self.fields[name]
        return self.of(part, way, depth)

    def _fits(self, value: Any, schema: dict[str, Any]) -> bool:
        """Whether a value is of the schema's type; of one with named members, only what it says itself is."""
        options = schema.get("anyOf") or schema.get("oneOf")
        if options:
            return any(self._fits(value, option) for option in options)
        schema = self.schemas[name] if (name := _name(schema)) else schema
        if "enum" in schema or "const" in schema:
            return value in (schema.get("enum") or [schema["const"]])
        return schema.get("type") in TYPES[type(value)] and not ("properties" in schema or "example" in schema)


def _name(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _told(schema: dict[str, Any]) -> list[Any]:
    """What somebody wrote as the example."""
    return [schema["example"]] if "example" in schema else list(schema.get("examples", []))


def _known(schema: dict[str, Any]) -> Iterator[Any]:
    """What the type alone says, the most telling first."""
    if "const" in schema:
        yield schema["const"]
    yield from schema.get("enum", [])
    if schema.get("format") in FORMATS:
        yield FORMATS[schema["format"]]
    if schema.get("default") is not None:
        yield schema["default"]
    if schema.get("type") == "boolean":
        yield False
