"""How the API describes itself: one document with every problem in it, and a page that loads nothing from outside."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi_swagger import patch_fastapi

from app.core.problems import MEDIA_TYPE, InvalidRequest, Problem

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


def describe(api: FastAPI) -> None:
    """Give the application its document and the page that shows it."""

    def document() -> dict[str, Any]:
        if not api.openapi_schema:
            made = get_openapi(title=api.title, version=api.version, description=DESCRIPTION, routes=api.routes)
            schemas = made.setdefault("components", {}).setdefault("schemas", {})
            schemas["Problem"] = PROBLEM
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            made["components"]["securitySchemes"]["key"] = KEY
            for operation in _operations(made):
                _own_validation(operation)
                if "security" in operation:
                    operation["security"].append({"key": []})
            api.openapi_schema = made
        return api.openapi_schema

    api.openapi = document  # type: ignore[method-assign]  # the documented way to replace it
    patch_fastapi(api, redirect_from_root_to_docs=True, title=api.title)


def _operations(made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in made["paths"].values():
        yield from (operation for operation in path.values() if isinstance(operation, dict))


def _own_validation(operation: dict[str, Any]) -> None:
    """A body or parameter of the wrong shape is our problem document, not the framework's."""
    content = operation["responses"].get("422", {}).get("content", {})
    if "application/json" in content:
        example = {"summary": InvalidRequest.title(), "value": InvalidRequest().document("/v1/…")}
        schema = {"$ref": "#/components/schemas/Problem"}
        examples = {InvalidRequest.slug(): example}
        operation["responses"]["422"] = {
            "description": InvalidRequest.title(),
            "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
        }


def kinds_of_problem() -> list[dict[str, Any]]:
    """Every problem this service answers with: its type, status, and what it means."""
    found: dict[str, dict[str, Any]] = {}
    todo: list[type[Problem]] = [Problem]
    while todo:
        kind = todo.pop()
        todo += kind.__subclasses__()
        if kind is not Problem:
            found.setdefault(
                kind.slug(), {"type": f"/problems/{kind.slug()}", "status": kind.status, "title": kind.title()}
            )
    return [found[slug] for slug in sorted(found)]
