"""The kinds of problem this service answers with: RFC 9457 documents, each with a stable type."""

import re
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer that is not a success. Subclasses set the status and say in their docstring what happened."""

    status: ClassVar[int] = 400
    headers: ClassVar[dict[str, str]] = {}
    members: ClassVar[dict[str, Any]] = {}
    """An example of every further member that such a problem may have."""

    def __init__(self, detail: str | None = None, **extra: Any) -> None:
        self.detail = detail
        self.extra = extra
        super().__init__(detail or self.title())

    @classmethod
    def slug(cls) -> str:
        """The last part of the stable `type`, made from the class's name."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    @classmethod
    def title(cls) -> str:
        """One sentence for a person: the first line of the docstring."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0]

    @classmethod
    def example(cls, instance: str) -> dict[str, Any]:
        """What the document of such a problem looks like."""
        return cls(**cls.members).document(instance)

    def document(self, instance: str) -> dict[str, Any]:
        """The problem document."""
        body = {"type": f"/problems/{self.slug()}", "title": self.title(), "status": self.status, "instance": instance}
        return self.extra | body | ({"detail": self.detail} if self.detail else {})


class NotFound(Problem):
    """There is nothing here, or nothing this caller may see."""

    status = 404


class Conflict(Problem):
    """Another row or request stands in the way."""

    status = 409


class VersionStale(Problem):
    """The resource has changed since the version named in If-Match."""

    status = 412
    members: ClassVar[dict[str, Any]] = {"version": 4}


class VersionMissing(Problem):
    """A change needs If-Match with the version it is based on."""

    status = 428


class Unprocessable(Problem):
    """The request is well formed but cannot be carried out as it stands."""

    status = 422


class OutOfRange(Unprocessable):
    """A value is larger, smaller or finer than can be stored or reckoned with."""


class InvalidRequest(Problem):
    """The request does not have the shape this path asks for."""

    status = 422
    members: ClassVar[dict[str, Any]] = {
        "detail": "/description: Field required",
        "errors": [{"pointer": "/description", "detail": "Field required"}],
    }


class Unreadable(Problem):
    """The body cannot be read as what its Content-Type says it is."""

    status = 400


class MethodNotAllowed(Problem):
    """This path has no such method; Allow lists those it has."""

    status = 405


class TooLarge(Problem):
    """The request is larger than this path allows."""

    status = 413
    members: ClassVar[dict[str, Any]] = {"max_bytes": 16_777_216}


class Unavailable(Problem):
    """The service cannot answer now; the same request may be sent again."""

    status = 503
    headers: ClassVar[dict[str, str]] = {"Retry-After": "2"}


class InternalError(Problem):
    """Something unexpected failed; the trace id finds it in the log."""

    status = 500
    members: ClassVar[dict[str, Any]] = {"trace_id": "019ab2f0-0000-7000-8000-0000000000ff"}


CONSTRAINTS: dict[str, Problem] = {}
"""Constraint name → the problem it means. A capability adds its own beside its models."""


def constraint_means(name: str, problem: Problem) -> None:
    """Say which problem a violated constraint is: the database is the last guard of a rule."""
    CONSTRAINTS[name] = problem


def problems(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that may answer with these problems, beside those its dependencies raise."""
    found: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        add_problem(found, kind.status, kind, "/v1/…")
    return found


def add_problem(responses: dict[Any, dict[str, Any]], status: int | str, kind: type[Problem], path: str) -> None:
    """Describe, among the responses of an operation, that it may answer with this problem."""
    answer = responses.setdefault(status, {"content": {}})
    schema = {"$ref": "#/components/schemas/Problem"}
    content = answer["content"].setdefault(MEDIA_TYPE, {"schema": schema, "examples": {}})
    content["examples"][kind.slug()] = {"summary": kind.title(), "value": kind.example(path)}
    answer["description"] = " / ".join(example["summary"] for example in content["examples"].values())


RAISED: dict[Any, tuple[type[Problem], ...]] = {}
"""Dependency → the problems it raises before a route is reached."""
Dependency = TypeVar("Dependency")


def raises(*kinds: type[Problem]) -> Callable[[Dependency], Dependency]:
    """Say of a dependency which problems it raises: they are described for every route that has it."""

    def said(dependency: Dependency) -> Dependency:
        RAISED[dependency] = kinds
        return dependency

    return said
