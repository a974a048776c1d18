"""How a query string becomes a model on a hot path: the framework's own way costs more than the rest of the request."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, get_origin

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)


def query_as(model: type[M]) -> Callable[[Request], Awaitable[M]]:
    """A dependency that reads the whole query as this model; a field that is a list takes its name several times.

    The route that uses it describes it with `openapi_extra=described(model)`.
    """
    many = {name for name, field in model.model_fields.items() if get_origin(field.annotation) is list}

    async def asked(request: Request) -> M:
        given = request.query_params
        try:
            return model.model_validate({name: given.getlist(name) if name in many else given[name] for name in given})
        except ValidationError as error:
            raise RequestValidationError([e | {"loc": ("query", *e["loc"])} for e in error.errors()]) from None

    return asked


def described(model: type[BaseModel]) -> dict[str, Any]:
    """The query parameters of this model, for the document of the API."""
    schema = model.model_json_schema()
    parameters = []
    for name, found in schema["properties"].items():
        shape = _inlined(found, schema.get("$defs", {}))
        told = {"description": shape.pop("description")} if "description" in shape else {}
        required = name in schema.get("required", ())
        parameters.append({"name": name, "in": "query", "required": required, "schema": shape} | told)
    return {"parameters": parameters}


def _inlined(part: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_inlined(one, definitions) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _inlined(
            definitions[part["$ref"].rpartition("/")[2]] | {k: v for k, v in part.items() if k != "$ref"}, definitions
        )
    return {name: _inlined(value, definitions) for name, value in part.items()}
