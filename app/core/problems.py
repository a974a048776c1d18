"""How every error leaves the service: one RFC 9457 document with a stable type."""

import re
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import orjson
import structlog
from asyncpg.exceptions import (
    CannotConnectNowError,
    CharacterNotInRepertoireError,
    DataError,
    DatetimeFieldOverflowError,
    DeadlockDetectedError,
    IntegrityConstraintViolationError,
    InterfaceError,
    IntervalFieldOverflowError,
    LockNotAvailableError,
    NumericValueOutOfRangeError,
    PostgresConnectionError,
    QueryCanceledError,
    TooManyConnectionsError,
    UniqueViolationError,
    UntranslatableCharacterError,
)
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, IntegrityError
from starlette.exceptions import HTTPException

log = structlog.get_logger()
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


BUSY: tuple[type[Exception], ...] = (
    TimeoutError,
    LockNotAvailableError,
    QueryCanceledError,
    DeadlockDetectedError,
    TooManyConnectionsError,
    PostgresConnectionError,
    CannotConnectNowError,
    InterfaceError,
    OSError,
)
"""What the driver says when the database is busy, restarting or gone."""
BEYOND: tuple[type[Exception], ...] = (
    NumericValueOutOfRangeError,
    DatetimeFieldOverflowError,
    IntervalFieldOverflowError,
    CharacterNotInRepertoireError,
    UntranslatableCharacterError,
)
"""What the database says of a value that no check of ours has stopped."""
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


def render(problem: Problem, request: Request) -> Response:
    """The response for a problem."""
    body = orjson.dumps(problem.document(request.url.path), default=str)
    return Response(body, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make every error of the application a problem document."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(IntegrityError, _on_constraint)
    app.add_exception_handler(IntegrityConstraintViolationError, _on_constraint)
    for busy in BUSY:
        app.add_exception_handler(busy, _on_busy)
    app.add_exception_handler(DataError, _on_data)
    app.add_exception_handler(DBAPIError, _on_database)
    app.add_exception_handler(Exception, _on_unexpected)


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101  # starlette calls it for this class only
    return render(error, request)


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # as above
    errors = [{"pointer": _pointer(e["loc"]), "detail": e["msg"]} for e in error.errors()]
    return render(
        InvalidRequest("; ".join(f"{e['pointer']}: {e['detail']}" for e in errors[:5]), errors=errors), request
    )


def _pointer(location: tuple[int | str, ...]) -> str:
    where, *rest = location or ("body",)
    if where != "body":
        return ".".join(str(part) for part in location)
    return "/" + "/".join(str(part) for part in rest)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # as above
    if isinstance(error.__cause__, Problem):  # raised while the framework read the body
        return render(error.__cause__, request)
    kind = FRAMEWORK.get(error.status_code)
    if kind is None:
        return await _on_unexpected(request, error)
    answer = render(kind(), request)
    answer.headers.update(error.headers or {})
    return answer


FRAMEWORK: dict[int, type[Problem]] = {kind.status: kind for kind in (Unreadable, NotFound, MethodNotAllowed)}
"""What the framework itself answers with."""


def of_constraint(error: Exception) -> Problem | None:
    """The problem a database error stands for, if its constraint is known."""
    cause = getattr(error, "orig", error)
    cause = getattr(cause, "__cause__", None) or cause
    name = getattr(cause, "constraint_name", None) or ""
    if name not in CONSTRAINTS and isinstance(cause, UniqueViolationError) and name.endswith("_pkey"):
        return Conflict("There is something with this id already.")
    return CONSTRAINTS.get(name)


async def _on_constraint(request: Request, error: Exception) -> Response:
    known = of_constraint(error)
    if known is None:
        return await _on_unexpected(request, error)
    return render(known, request)


async def _on_busy(request: Request, error: Exception) -> Response:
    """Nothing was stored, or it is not known whether it was: the same request with the same key settles it."""
    log.warning("database_busy", path=request.url.path, error=type(error).__name__)
    return render(Unavailable("The database did not answer in time; send the same request again."), request)


async def _on_database(request: Request, error: Exception) -> Response:
    cause = getattr(getattr(error, "orig", None), "__cause__", None)
    if isinstance(cause, DataError):
        return await _on_data(request, cause)
    return await (_on_busy if isinstance(cause, BUSY) else _on_unexpected)(request, error)


async def _on_data(request: Request, error: Exception) -> Response:
    """A value that the database, or the driver on the way to it, cannot hold; anything else is a fault of ours."""
    if not isinstance(error, BEYOND) and not isinstance(error.__cause__, OverflowError | UnicodeError):
        return await _on_unexpected(request, error)
    log.warning("out_of_range", path=request.url.path, error=str(error))
    return render(OutOfRange(), request)


async def _on_unexpected(request: Request, error: Exception) -> Response:
    trace = request.scope.get("request_id", "-")
    log.error("unexpected", path=request.url.path, trace_id=trace, exc_info=error)
    return render(InternalError(trace_id=trace), request)
