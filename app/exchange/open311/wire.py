"""How GeoReport stands on the wire: forms come in, JSON and XML go out, errors have the standard's own form."""

import re
from collections.abc import AsyncGenerator, Sequence
from typing import Any
from urllib.parse import parse_qsl

import orjson
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from app.core import faults
from app.core.faults import ErrorForm
from app.core.http import bounded
from app.core.openapi import body_of
from app.core.problems import NotFound, Problem, Unreadable
from app.core.xml import DECLARATION, element, leaf
from app.exchange.open311.schemas import ErrorOut, Format, ServiceRequestIn
from app.exchange.open311.service import Posted

PREFIX = "/open311/v2"
JSON, XML, FORM = "application/json", "text/xml", "application/x-www-form-urlencoded"
MAX_BYTES, MAX_FIELDS = 256 * 1024, 300
ATTRIBUTE = re.compile(r"attribute\[([A-Za-z0-9_.-]{1,64})\](\[\d{0,3}\])?")
ITEMS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
"""What one of a list is called in XML."""
MEANS = {401: 403, 409: 409, 413: 400, 422: 400}
"""The standard knows few statuses; what a key has to do with is 403, what is wrong with a request 400."""


# --- in ------------------------------------------------------------------------------------------------------------


async def fields_of(request: Request) -> list[tuple[str, str]]:
    """The fields of a form, in whichever of the two ways it is sent. Files are not taken.

    Raises:
        TooLarge, Unreadable.
    """
    body = await bounded(request, MAX_BYTES)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "multipart/form-data":
            parser = MultiPartParser(Headers(request.headers), _once(body), max_files=0, max_fields=MAX_FIELDS)
            return [(name, str(value)) for name, value in (await parser.parse()).multi_items()]
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except (MultiPartException, ValueError, KeyError):
        raise Unreadable("A form is read, as application/x-www-form-urlencoded or without files.") from None


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


def posted_of(fields: Sequence[tuple[str, str]]) -> Posted:
    """A report out of the fields of a form: an empty field says nothing, one that nobody knows is left.

    Raises:
        RequestValidationError: a field is not what it should be.
    """
    given = {name: value.strip() for name, value in fields if name in ServiceRequestIn.model_fields and value.strip()}
    attributes: dict[str, list[str]] = {}
    for name, value in fields:
        if found := ATTRIBUTE.fullmatch(name):
            attributes.setdefault(found[1], []).append(value)
    if any("\x00" in value for values in attributes.values() for value in values):
        raise Unreadable("A text holds a NUL.")
    try:
        return Posted(ServiceRequestIn.model_validate(given), attributes)
    except ValidationError as error:
        raise RequestValidationError([e | {"loc": ("body", *e["loc"])} for e in error.errors()]) from None


# --- out -----------------------------------------------------------------------------------------------------------


def written(name: str, said: BaseModel | Sequence[BaseModel], format: Format, status: int = 200) -> Response:  # noqa: A002  # the standard's word
    """An answer in the format asked for; `name` is its element in XML."""
    value: Any = said.model_dump() if isinstance(said, BaseModel) else [one.model_dump() for one in said]
    if format == "json":
        return Response(orjson.dumps(value), status, media_type=JSON)
    return Response(DECLARATION + _xml(name, value), status, media_type=XML)


def _xml(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return element(name, "".join(_xml(key, part) for key, part in value.items()))
    if isinstance(value, list):
        return element(name, "".join(_xml(ITEMS[name], part) for part in value))
    return leaf(name, value)


# --- errors --------------------------------------------------------------------------------------------------------


def _status(status: int) -> int:
    return MEANS.get(status, status)


def _render(problem: Problem, request: Request) -> Response:
    """An error as the standard has it, in the format of the path."""
    status = _status(problem.status)
    said = ErrorOut(code=status, description=problem.detail or problem.title())
    answer = written("errors", [said], "xml" if request.url.path.endswith(".xml") else "json", status)
    answer.headers.update(problem.headers)
    return answer


def xml_of(name: str) -> dict[str, Any]:
    """What a document says of an answer in XML, beside the JSON that says the same."""
    return {XML: {"schema": {"type": "string"}, "example": f"{DECLARATION}<{name}>…</{name}>"}}


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """The `openapi_extra=` of a route that reads a form of this shape."""
    said = body_of(model)
    said["requestBody"]["content"] = {FORM: said["requestBody"]["content"][JSON]}
    return said


ERROR = {"type": "array", "items": {"$ref": "#/components/schemas/ErrorOut"}}
CONTENT = {JSON: {"schema": ERROR, "example": [{"code": 404, "description": NotFound.title()}]}}
faults.FORMS[PREFIX] = ErrorForm(_status, _render, CONTENT | xml_of("errors"))
