"""How every error leaves the service: one RFC 9457 document with a stable type."""

import re
from http import HTTPStatus
from typing import Any, ClassVar

import orjson
import structlog
from asyncpg.exceptions import (
    CannotConnectNowError,
    DeadlockDetectedError,
    IntegrityConstraintViolationError,
    InterfaceError,
    LockNotAvailableError,
    PostgresConnectionError,
    QueryCanceledError,
    TooManyConnectionsError,
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


class VersionMissing(Problem):
    """A change needs If-Match with the version it is based on."""

    status = 428


class Unprocessable(Problem):
    """The request is well formed but cannot be carried out as it stands."""

    status = 422


class InvalidRequest(Problem):
    """The request does not have the shape this path asks for."""

    status = 422


class TooLarge(Problem):
    """The request is larger than this path allows."""

    status = 413


class Unavailable(Problem):
    """The service cannot answer now; the same request may be sent again."""

    status = 503
    headers: ClassVar[dict[str, str]] = {"Retry-After": "2"}


class InternalError(Problem):
    """Something unexpected failed; the trace id finds it in the log."""

    status = 500


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
CONSTRAINTS: dict[str, Problem] = {}
"""Constraint name → the problem it means. A capability adds its own beside its models."""


def constraint_means(name: str, problem: Problem) -> None:
    """Say which problem a violated constraint is: the database is the last guard of a rule."""
    CONSTRAINTS[name] = problem


def problems(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that may answer with these problems."""
    by_status: dict[int | str, list[type[Problem]]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(kind)
    return {status: _described(kinds) for status, kinds in by_status.items()}


def _described(kinds: list[type[Problem]]) -> dict[str, Any]:
    examples = {k.slug(): {"summary": k.title(), "value": k().document("/v1/…")} for k in kinds}
    schema = {"$ref": "#/components/schemas/Problem"}
    content = {MEDIA_TYPE: {"schema": schema, "examples": examples}}
    return {"description": " / ".join(k.title() for k in kinds), "content": content}


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
    phrase = HTTPStatus(error.status_code).phrase
    slug = "not-found" if error.status_code == NotFound.status else phrase.lower().replace(" ", "-")
    body = {"type": f"/problems/{slug}", "title": phrase, "status": error.status_code, "instance": request.url.path}
    headers = dict(error.headers or {})
    return Response(orjson.dumps(body), error.status_code, headers=headers, media_type=MEDIA_TYPE)


def of_constraint(error: Exception) -> Problem | None:
    """The problem a database error stands for, if its constraint is known."""
    cause = getattr(error, "orig", error)
    cause = getattr(cause, "__cause__", None) or cause
    return CONSTRAINTS.get(getattr(cause, "constraint_name", None) or "")


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
    return await (_on_busy if isinstance(cause, BUSY) else _on_unexpected)(request, error)


async def _on_unexpected(request: Request, error: Exception) -> Response:
    trace = request.scope.get("request_id", "-")
    log.error("unexpected", path=request.url.path, trace_id=trace, exc_info=error)
    return render(InternalError(trace_id=trace), request)
