"""What no check of a field has stopped still leaves as a problem that says so, and only our own faults as a 500."""

import httpx
import pytest
from asyncpg.exceptions import CannotCoerceError, DataError, DivisionByZeroError, NumericValueOutOfRangeError
from fastapi import FastAPI

from app.core import faults
from tests.hands import Hands


def _raised(error: Exception) -> httpx.ASGITransport:
    """An application whose only route fails like this."""
    api = FastAPI()
    faults.install(api)

    @api.get("/")
    async def fail() -> None:
        raise error

    return httpx.ASGITransport(api, raise_app_exceptions=False)


def _data_error(cause: Exception) -> DataError:
    """What the driver raises for an argument that it cannot send."""
    error = DataError("invalid input for query argument $1")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (NumericValueOutOfRangeError("value out of range: underflow"), 422, "out-of-range"),
        (_data_error(OverflowError("value out of int16 range")), 422, "out-of-range"),
        (_data_error(UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates")), 422, "out-of-range"),
        (_data_error(TypeError("an integer is required")), 500, "internal-error"),
        (DivisionByZeroError("division by zero"), 500, "internal-error"),
        (CannotCoerceError("no such cast"), 500, "internal-error"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value,
)
async def test_a_value_out_of_range_is_the_senders_and_all_else_ours(error: Exception, status: int, kind: str) -> None:
    async with httpx.AsyncClient(transport=_raised(error), base_url="http://test") as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")


async def test_a_number_too_fine_to_reckon_with_is_said_to_be(hands: Hands) -> None:
    answer = await hands.get("street1.acceptor", "/v1/locate", lon=-180, lat=5e-324, datum="gcj02")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/out-of-range")


async def test_an_id_that_is_taken_is_a_conflict(hands: Hands) -> None:
    body = {"id": str(hands.town.accounts["inspector1"]), "username": "new.one", "display_name": "n"}
    answer = await hands.post("admin", "/v1/accounts", body)
    assert (answer.status_code, answer.json()["detail"]) == (409, "There is something with this id already.")


@pytest.mark.parametrize("instant", ["0001-01-01T08:00:00+08:00", "9999-12-31T23:59:59Z", "0001-06-01T00:00:00Z"])
async def test_an_instant_that_the_driver_would_take_for_infinity_is_refused(hands: Hands, instant: str) -> None:
    answer = await hands.get("street1.acceptor", "/v1/grid-cells", at=instant)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert "outside the years 2 to 9998" in answer.json()["detail"]


async def test_a_body_that_cannot_be_decoded_is_unreadable(hands: Hands) -> None:
    headers = hands.headers("patrol1.leader") | {"Content-Type": "application/json"}
    answer = await hands.client.post("/v1/incidents", headers=headers, content=b"\xff\xfe\x00")
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/unreadable")


async def test_a_method_that_a_path_does_not_have_is_a_problem_too(hands: Hands) -> None:
    answer = await hands.client.delete("/v1/incidents")
    assert (answer.status_code, answer.json()["type"], answer.headers["allow"]) == (
        405,
        "/problems/method-not-allowed",
        "POST",
    )
    listed = {kind["type"] for kind in (await hands.client.get("/problems")).json()}
    assert answer.json()["type"] in listed
