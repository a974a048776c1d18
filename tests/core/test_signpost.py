"""What stands before the routes finds exactly the route that the framework would have found."""

import re

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Match

from app.core.signpost import KEY, Signposts, plain

ODD = ("", "*", "/", "//", "/v1", "/v1/", "/v1/incidents/", "/v1//incidents", "/nowhere/at/all", "/ogc/nowhere/else")

PAGES = ("/docs", "/openapi", "/redoc", "/swagger", "/static")
"""What shows the API's document."""


def _signposts(api: FastAPI) -> Signposts:
    return next(route for route in api.routes if isinstance(route, Signposts))


def _asked(method: str, path: str) -> dict[str, object]:
    return {"type": "http", "method": method, "path": path, "headers": []}


def _first(api: FastAPI, scope: dict[str, object]) -> APIRoute | None:
    """By trying one after the other, as the framework does."""
    return next((route for route in plain(api.routes) if route.matches(dict(scope))[0] is Match.FULL), None)


def test_every_route_is_found_where_the_framework_finds_it(api: FastAPI) -> None:
    signposts, unknown = _signposts(api), []
    for route in plain(api.routes):
        path = re.sub(r"\{(\w+)(:\w+)?\}", r"some-\1", route.path)
        for method in route.methods or ():
            found = signposts.find(_asked(method, path))
            if found is None:
                unknown.append(route.path)
            else:
                assert found[0] is _first(api, _asked(method, path)), (method, path)
    assert {path for path in unknown if not path.startswith(PAGES)} == {"/", "/ogc/{rest:path}", "/problems/{slug}"}


@pytest.mark.parametrize("path", ODD)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "BREW"])
def test_what_no_route_takes_is_left_to_the_framework(api: FastAPI, method: str, path: str) -> None:
    found = _signposts(api).find(_asked(method, path))
    assert found is None or found[0] is _first(api, _asked(method, path))


def test_a_parameter_may_hold_slashes_where_it_is_declared_so(api: FastAPI) -> None:
    found = _signposts(api).find(_asked("GET", "/v1/grid-cells/320111/001/0001"))
    assert found is not None
    assert found[1]["path_params"] == {"code": "320111/001/0001"}


def test_of_a_request_nothing_was_found_for_the_framework_decides(api: FastAPI) -> None:
    assert _signposts(api).matches(_asked("GET", "/v1/incidents") | {KEY: None})[0] is Match.NONE
