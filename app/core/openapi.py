"""How the API describes itself: one document with every problem in it, and a page that loads nothing from outside."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from fastapi_swagger import patch_fastapi
from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from app.core.examples import Examples, NoExample
from app.core.faults import FORMS, ErrorForm
from app.core.problems import MEDIA_TYPE, RAISED, InvalidRequest, Problem, TooLarge, Unreadable, add_problem

DESCRIPTION = """
The command system of grid-based joint patrol 大联勤. An incident lies in a grid cell, is commanded at the street first
and the district as backstop, and is handled by joint patrols until somebody else has checked it and it is closed.

- **Sign in** with `POST /v1/auth/token`, send `Authorization: Bearer …`; or send an `X-API-Key`.
- **Every write is safe to send twice**: a `POST` that creates or moves carries an `Idempotency-Key`; the same key with
  the same request is answered with the same bytes, with another request refused.
- **Every change says what it is based on**: `If-Match` with the `ETag` of the version that was seen, or `*`.
- **Errors** are RFC 9457 problem documents with a stable `type`; `GET /problems` lists them.
- **Lists** are pages: `{"items": […], "next": cursor}`; there is no count.
- Instants are RFC 3339 in UTC, geometry is GeoJSON in WGS 84, longitude first.
- What a caller may not see does not exist: it is a 404, and in no list or stream.
"""
REFERENCE = "#/components/schemas/{model}"
PROBLEM = {
    "title": "Problem",
    "description": "RFC 9457. Some types carry more members, shown in their examples.",
    "type": "object",
    "required": ["type", "title", "status", "instance"],
    "properties": {
        "type": {"type": "string", "examples": ["/problems/not-found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "instance": {"type": "string"},
        "detail": {"type": "string"},
    },
    "additionalProperties": True,
}

KEY = {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key, limited to its scopes."}
"""The other way to be known: whatever takes a token takes a key."""
_BODIES: set[type[BaseModel]] = set()


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """The `openapi_extra=` of a route that reads its own body, which has this shape."""
    _BODIES.add(model)
    schema = {"$ref": REFERENCE.format(model=model.__name__)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def describe(api: FastAPI, fields: dict[str, Any]) -> None:
    """Give the application its document and the page that shows it; `fields` are examples by a field's name."""

    def document() -> dict[str, Any]:
        if not api.openapi_schema:
            made = get_openapi(title=api.title, version=api.version, description=DESCRIPTION, routes=api.routes)
            schemas = made.setdefault("components", {}).setdefault("schemas", {})
            schemas["Problem"] = PROBLEM
            _, bodies = models_json_schema([(body, "validation") for body in _BODIES], ref_template=REFERENCE)
            schemas |= bodies.get("$defs", {})
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            made["components"]["securitySchemes"]["key"] = KEY
            for path, operation, dependant in _operations(api, made):
                _say_rights(operation, dependant)
                _say_problems(path, operation, dependant)
                _say_ids(operation)
                _say_examples(operation, Examples(schemas, fields))
            api.openapi_schema = made
        return api.openapi_schema

    api.openapi = document  # type: ignore[method-assign]  # the documented way to replace it
    patch_fastapi(api, redirect_from_root_to_docs=True, title=api.title)


def _operations(api: FastAPI, made: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], Dependant]]:
    for route in iter_route_contexts(api.routes):
        dependant, methods = getattr(route, "dependant", None), route.methods or ()
        for method in methods:
            operation = made["paths"].get(route.path_format, {}).get(method.lower())
            if operation and dependant:
                yield route.path_format or "", operation, dependant


def _calls(dependant: Dependant) -> Iterator[Any]:
    """All that is asked for before a route is reached."""
    for part in dependant.dependencies:
        yield part.call
        yield from _calls(part)


def _say_rights(operation: dict[str, Any], dependant: Dependant) -> None:
    """Whatever takes a token takes a key, with the same rights."""
    rights = sorted({right for call in _calls(dependant) for right in getattr(call, "rights", ())})
    if {"token": []} in operation.get("security", ()):
        operation["security"] = [{scheme: rights} for scheme in ("token", "key")]


def _say_problems(path: str, operation: dict[str, Any], dependant: Dependant) -> None:
    """What dependencies raise, and what reading the request raises, beside what the route itself declares."""
    responses = operation["responses"]
    kinds = [kind for call in _calls(dependant) for kind in RAISED.get(call, ())]
    responses.get("422", {}).get("content", {}).pop("application/json", None)  # the framework's own validation
    if "requestBody" in operation or "parameters" in operation:
        kinds.append(InvalidRequest)
    if "requestBody" in operation:
        kinds += [Unreadable, TooLarge]
    for kind in kinds:
        add_problem(responses, str(kind.status), kind, path)
    for prefix, form in FORMS.items():
        if path.startswith(prefix):
            operation["responses"] = dict(_in_form(responses, form))
            return
    for answer in responses.values():
        for example in answer.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {}).values():
            example["value"]["instance"] = path


def _in_form(responses: dict[str, Any], form: ErrorForm) -> Iterator[tuple[str, Any]]:
    """The same answers, where a standard of others says how errors look."""
    told: dict[str, list[str]] = {}
    for status, answer in responses.items():
        if MEDIA_TYPE in answer.get("content", {}):
            told.setdefault(str(form.status(int(status))), []).append(answer["description"])
        else:
            yield status, answer
    for status in sorted(told):
        yield status, {"description": " / ".join(told[status]), "content": form.content}


def _say_ids(operation: dict[str, Any]) -> None:
    """What names the thing a path is about needs no other words: `incident_id`, `code`, `number`."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            what, is_id, _ = parameter["name"].rpartition("_id")
            told = f"The id of the {what.replace('_', ' ')}." if is_id else f"Its {parameter['name']}."
            parameter.setdefault("description", told)


def _say_examples(operation: dict[str, Any], examples: Examples) -> None:
    """Show what goes in and out, where the route does not; a test names those for which nobody says."""
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    for holder in (operation.get("requestBody", {}), *answers):
        for media in holder.get("content", {}).values():
            if "schema" in media and not media.keys() & {"example", "examples"}:
                with suppress(NoExample):
                    media["example"] = examples.of(media["schema"])


class KindOfProblem(BaseModel):
    """A kind of problem: its stable type, its status, and what it means."""

    type: Annotated[str, Field(examples=["/problems/version-stale"])]
    status: Annotated[int, Field(examples=[412])]
    title: Annotated[str, Field(examples=["The resource has changed since the version named in If-Match."])]


def kinds_of_problem() -> list[KindOfProblem]:
    """Every problem this service answers with: its type, status, and what it means."""
    found: dict[str, KindOfProblem] = {}
    todo: list[type[Problem]] = [Problem]
    while todo:
        kind = todo.pop()
        todo += kind.__subclasses__()
        if kind is not Problem:
            shown = KindOfProblem(type=f"/problems/{kind.slug()}", status=kind.status, title=kind.title())
            found.setdefault(kind.slug(), shown)
    return [found[slug] for slug in sorted(found)]
