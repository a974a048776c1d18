"""The API's document as tests walk it: operations with their schemas, and whether a value is of a schema."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError, best_match
from pydantic import SecretStr

from app.core.settings import Settings
from app.main import create_app
from tests.conftest import SECRET

Json = dict[str, Any]
JSON, FORM, MULTIPART, PROBLEM = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/problem+json",
)
METHODS = ("get", "post", "put", "patch", "delete")


@cache
def document() -> Json:
    """The document of the whole application, made without a database."""
    settings = Settings(database_url="postgresql://nobody@localhost/nothing", secret=SecretStr(SECRET))
    found: Json = create_app(settings).openapi()
    return found


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    said: Json

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def public(self) -> bool:
        """For everybody."""
        return not self.said.get("security")

    @property
    def rights(self) -> frozenset[str]:
        """The rights a caller needs."""
        return frozenset(right for way in self.said.get("security", ()) for held in way.values() for right in held)

    @property
    def parameters(self) -> list[Json]:
        """What goes into path, query and headers."""
        return list(self.said.get("parameters", ()))

    @property
    def bodies(self) -> dict[str, Json]:
        """The forms a request body may have, by media type."""
        return dict(self.said.get("requestBody", {}).get("content", {}))

    @property
    def successes(self) -> dict[tuple[str, str], Json]:
        """The answers of a success, by status and media type."""
        return {
            (status, media_type): media
            for status, answer in self.said["responses"].items()
            if status.startswith("2")
            for media_type, media in answer.get("content", {}).items()
        }

    def problems(self, status: int) -> set[str]:
        """The types of problem declared for a status."""
        content = self.said["responses"].get(str(status), {}).get("content", {})
        return set(content.get(PROBLEM, {}).get("examples", ()))


def operations() -> list[Operation]:
    """Every operation, in the order of paths."""
    return [
        Operation(method, path, item[method])
        for path, item in sorted(document()["paths"].items())
        for method in METHODS
        if method in item
    ]


def examples(media: Json) -> list[Any]:
    """The examples of a media type."""
    named = [one["value"] for one in media.get("examples", {}).values()]
    return [media["example"], *named] if "example" in media else named


def resolved(schema: Json) -> Json:
    """The schema that a reference means."""
    while name := schema.get("$ref"):
        schema = document()["components"]["schemas"][name.rpartition("/")[2]]
    return schema


@cache
def _validator() -> Draft202012Validator:
    """Knows where the schemas are that others refer to."""
    formats = FormatChecker(["uuid", "date"])
    formats.checks("date-time", ValueError)(lambda text: not isinstance(text, str) or bool(_instant(text)))
    return Draft202012Validator({"components": document()["components"]}, format_checker=formats)


def _instant(text: str) -> datetime:
    """An instant with its zone."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found


def wrong(value: Any, schema: Json) -> str:
    """Why a value is not of a schema; empty if it is."""
    found: ValidationError | None = best_match(_validator().evolve(schema=schema).iter_errors(value))
    return f"{found.json_path}: {found.message[:300]}" if found else ""


def undescribed(value: Any, schema: Json, way: str = "$") -> Iterator[str]:
    """The members of a value that its schema does not name."""
    schema = resolved(schema)
    options = [option for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ())) if not wrong(value, option)]
    if options:
        yield from undescribed(value, options[0], way)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from undescribed(part, schema.get("items", {}), f"{way}[{index}]")
    elif isinstance(value, dict) and "properties" in schema:
        for name, part in value.items():
            if name in schema["properties"]:
                yield from undescribed(part, schema["properties"][name], f"{way}.{name}")
            elif not schema.get("additionalProperties"):
                yield f"{way}.{name}"
