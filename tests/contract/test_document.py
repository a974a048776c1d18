"""The document says everything of every operation: who may, what goes in and comes out, with examples that are right.

A new route fails here until it is described. Each failure names the operation and what is missing; CONTRIBUTING.md
says where each part is written.
"""

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from app.core.examples import Examples, NoExample
from app.core.openapi import kinds_of_problem
from app.core.settings import Adapter
from app.examples import FIELDS
from tests.contract.document import PROBLEM, Json, Operation, document, examples, operations, wrong

EVERY = pytest.mark.parametrize("operation", operations(), ids=str)
WRITES = ("post", "put", "patch", "delete")
HARMLESS_TWICE = {
    "POST /v1/auth/token",
    "POST /v1/auth/refresh",
    "POST /v1/positions",
    "POST /v1/sos",
    "POST /v1/welfare-checks/{check_id}/answer",
    "POST /v1/sync/batches",
    "POST /v1/grid-plans/{plan_id}/check",
    "POST /v1/notices/read",
    "POST /v1/notices/{notice_id}/read",
    "POST /v1/notices/{notice_id}/acknowledge",
    *(f"POST /v1/ingest/{adapter}" for adapter in get_args(Adapter)),
    "PATCH /v1/evidence-uploads/{upload_id}",
    "DELETE /v1/evidence-uploads/{upload_id}",
    "POST /v1/rosters/{roster_id}/check",
    "POST /v1/routing-sets/{set_id}/check",
    "POST /v1/routing-sets/{set_id}/dry-run",
    "POST /open311/v2/requests.{format}",
    "POST /v1/feeds/{feed}/tickets",
    "POST /v1/warnings/cap",
    "POST /v1/feeds/{feed}/quarantine/retry",
}
"""Writes that need neither a key nor a version; their descriptions say why."""
STANDARDS = ("/ogc/",)
"""Parameters below are named by a standard."""
WITHOUT_WORDS = ("image/", "text/event-stream", "application/octet-stream")


@EVERY
def test_an_operation_says_what_it_does(operation: Operation) -> None:
    assert operation.said.get("summary"), f"{operation} has no summary"
    assert operation.said.get("description"), f"{operation}: give its function a docstring"
    assert operation.said.get("tags"), f"{operation}: give its router tags"


@EVERY
def test_an_operation_says_what_each_parameter_is(operation: Operation) -> None:
    silent = [p["name"] for p in operation.parameters if not p.get("description")]
    assert not silent, f"{operation}: no description of {silent}; write it into the Query, Path, Header or Field"


@EVERY
def test_an_operation_shows_what_goes_in_and_comes_out(operation: Operation) -> None:
    found = [*operation.bodies.items(), *((kind, media) for (_, kind), media in operation.successes.items())]
    for media_type, media in found:
        if not media_type.startswith(WITHOUT_WORDS):
            assert media.get("schema"), f"{operation}: {media_type} has no schema; give the route a response_model"
            assert examples(media), f"{operation}: no example of {media_type}: {_silent(media)} says nothing"


def _silent(media: Json) -> str:
    """The part of a schema for which nobody says what it looks like."""
    try:
        Examples(document()["components"]["schemas"], FIELDS).of(media["schema"])
    except NoExample as part:
        return str(part)
    return ""


@EVERY
def test_every_example_is_of_its_schema(operation: Operation) -> None:
    for media_type, media, example in _examples(operation):
        if not media_type.startswith(WITHOUT_WORDS):
            fault = wrong(example, media["schema"])
            assert not fault, f"{operation}: the example of {media_type} is not of its schema: {fault}"


def _examples(operation: Operation) -> Iterator[tuple[str, Json, Any]]:
    answers = list(operation.said["responses"].values())
    for content in (operation.bodies, *(answer.get("content", {}) for answer in answers)):
        for media_type, media in content.items():
            yield from ((media_type, media, example) for example in examples(media))


@EVERY
def test_every_problem_is_one_that_the_service_knows(operation: Operation) -> None:
    known = {(kind.type, kind.status): kind.title for kind in kinds_of_problem()}
    for status, answer in operation.said["responses"].items():
        for slug, example in answer.get("content", {}).get(PROBLEM, {}).get("examples", {}).items():
            shown = example["value"]
            assert shown["type"] == f"/problems/{slug}", f"{operation} {status}: {shown['type']}"
            assert str(shown["status"]) == status, f"{operation}: {slug} is shown under {status}"
            assert shown["instance"] == operation.path
            assert slug == "outside-jurisdiction" or known[shown["type"], shown["status"]] == shown["title"]


@EVERY
def test_an_operation_is_for_everybody_or_says_how_to_sign_in(operation: Operation) -> None:
    ways = {scheme for way in operation.said.get("security", ()) for scheme in way}
    if ways:
        assert ways in ({"token", "key"}, {"device"}), f"{operation} can be signed in to by {ways}"
        assert "not-signed-in" in operation.problems(401), f"{operation} does not say 401"
    if operation.rights:
        assert "forbidden" in operation.problems(403), f"{operation} does not say 403"


@EVERY
def test_a_write_is_safe_to_send_twice(operation: Operation) -> None:
    headers = {p["name"].lower() for p in operation.parameters if p["in"] == "header"}
    if operation.method in WRITES and str(operation) not in HARMLESS_TWICE:
        key = "idempotency-key" in headers and {"key-reused"} <= operation.problems(422)
        version = "if-match" in headers and operation.problems(412) and operation.problems(428)
        assert key or version, f"{operation} takes neither OnceKey nor BasedOn"


@EVERY
def test_names_are_snake_case(operation: Operation) -> None:
    if operation.path.startswith(STANDARDS):
        return
    names = {p["name"] for p in operation.parameters if p["in"] != "header"}
    assert not [name for name in names if not re.fullmatch(r"[a-z][a-z0-9_]*", name)], operation


def test_every_example_by_name_is_the_example_of_some_field() -> None:
    named = {name for schema in document()["components"]["schemas"].values() for name in schema.get("properties", ())}
    assert not sorted(FIELDS.keys() - named)


def test_the_ways_to_sign_in_are_described() -> None:
    schemes = document()["components"]["securitySchemes"]
    assert {name: bool(scheme.get("description")) for name, scheme in schemes.items()} == {
        "token": True,
        "key": True,
        "device": True,
    }


def test_the_answer_of_a_read_is_json_unless_it_says_otherwise() -> None:
    bare = [
        str(operation)
        for operation in operations()
        if operation.method == "get" and not any(kind.endswith(("json", "3.0")) for _, kind in operation.successes)
    ]
    tiles = [f"GET /ogc{of}/tiles/{{matrix_set}}/{{z}}/{{y}}/{{x}}" for of in ("/collections/{collection_id}", "")]
    assert bare == [
        *tiles,
        "GET /v1/board/stream",
        "GET /v1/evidence/{evidence_id}/content",
        "GET /v1/evidence/{evidence_id}/original",
        "GET /v1/ingest/osmand",
        "GET /v1/shares/{share_id}/incidents/{incident_id}/pictures/{evidence_id}",
        "GET /v1/stream",
        "GET /v1/warnings/index.atom",
        "GET /v1/warnings/{warning_id}/cap",
    ]
