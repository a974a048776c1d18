"""The kinds of properties that a filter may compare."""

from enum import StrEnum

from app.core.problems import Problem


class Kind(StrEnum):
    """What a property holds."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    UUID = "uuid"
    GEOMETRY = "geometry"


CONFORMANCE: tuple[str, ...] = ()


class Language(StrEnum):
    TEXT = "cql2-text"
    JSON = "cql2-json"
    OLD_TEXT = "cql-text"


class InvalidFilter(Problem):
    """The filter cannot be read."""

    status = 400


def parsed(text: str, language: str) -> object:
    raise InvalidFilter
