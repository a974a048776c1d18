"""How every error leaves the service: whatever goes wrong, also in the database or the framework, becomes a problem."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

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
    InternalClientError,
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
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.core.problems import (
    CONSTRAINTS,
    MEDIA_TYPE,
    Conflict,
    InternalError,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    OutOfRange,
    Problem,
    Unavailable,
    Unreadable,
)

log = structlog.get_logger()
BUSY: tuple[type[Exception], ...] = (
    TimeoutError,
    LockNotAvailableError,
    QueryCanceledError,
    DeadlockDetectedError,
    TooManyConnectionsError,
    PostgresConnectionError,
    CannotConnectNowError,
    InterfaceError,
    InternalClientError,
    NoConnectionFree,
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


class ErrorForm(NamedTuple):
    """How problems leave where a standard of others says so: their status there, the answer, what a document says."""

    status: Callable[[int], int]
    render: Callable[[Problem, Request], Response]
    content: dict[str, Any]


FORMS: dict[str, ErrorForm] = {}
"""Beginning of a path → how problems leave below it, where a standard of others says so."""


def render(problem: Problem, request: Request) -> Response:
    """The response for a problem."""
    for prefix, form in FORMS.items():
        if request.url.path.startswith(prefix):
            return form.render(problem, request)
    body = orjson.dumps(problem.document(request.url.path), default=str)
    return Response(body, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make every error of the application a problem document."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    for kind in (DBAPIError, IntegrityConstraintViolationError, DataError, *BUSY):
        app.add_exception_handler(kind, _on_error)
    app.add_exception_handler(ClientDisconnect, _on_gone)
    app.add_exception_handler(Exception, _on_unexpected)


async def answer(request: Request, error: Exception) -> Response:
    """What the application answers to an error: the framework's own look-up, for what does not go through it."""
    known = request.app.exception_handlers
    response: Response = await next(known[kind] for kind in type(error).__mro__ if kind in known)(request, error)
    return response


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101  # starlette calls it for this class only
    return render(error, request)


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # as above
    return render(of_validation(error.errors()), request)


def of_validation(found: Iterable[Mapping[str, Any]]) -> InvalidRequest:
    """The problem of a request that has not the shape it must have; each fault has its `loc` and `msg`."""
    errors = [{"pointer": _pointer(e["loc"]), "detail": e["msg"]} for e in found]
    return InvalidRequest("; ".join(f"{e['pointer']}: {e['detail']}" for e in errors[:5]), errors=errors)


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


def problem_of(error: Exception) -> Problem | None:
    """The problem that an error of a use case, the database or the driver stands for; nothing for the unforeseen."""
    known = error if isinstance(error, Problem) else of_constraint(error)
    cause = getattr(getattr(error, "orig", None), "__cause__", None) or error
    if known is None and isinstance(cause, BUSY):
        # Nothing was stored, or it is not known whether it was: the same request with the same key settles it.
        known = Unavailable("The database did not answer in time; send the same request again.")
    if known is None and _is_beyond(cause):
        known = OutOfRange()
    return known


def _is_beyond(cause: BaseException) -> bool:
    """A value that the database, or the driver on the way to it, cannot hold; anything else is a fault of ours."""
    by_driver = isinstance(cause, DataError) and isinstance(cause.__cause__, OverflowError | UnicodeError)
    return by_driver or isinstance(cause, BEYOND)


async def _on_error(request: Request, error: Exception) -> Response:
    known = problem_of(error)
    if known is None:
        return await _on_unexpected(request, error)
    if not isinstance(known, Conflict):
        log.warning(known.slug(), path=request.url.path, error=type(error).__name__)
    return render(known, request)


async def _on_gone(request: Request, _: Exception) -> Response:
    """Whoever sent it went away before its end: nothing is wrong here, and nobody hears the answer."""
    return render(Unreadable(), request)


async def _on_unexpected(request: Request, error: Exception) -> Response:
    trace = request.scope.get("request_id", "-")
    log.error("unexpected", path=request.url.path, trace_id=trace, exc_info=error)
    return render(InternalError(trace_id=trace), request)
