"""What GeoReport v2 says and takes: names and shapes are those of the standard, not ours."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.catalogue.offer import Datatype
from app.core.time import Instant

Format = Literal["json", "xml"]
Word = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
EXAMPLE_ID = "7J2M4Q8RTV0XZ3BD"


def _zoned(given: object) -> object:
    """A day alone begins at midnight UTC."""
    return f"{given}T00:00:00Z" if isinstance(given, str) and len(given) == len("2026-11-23") else given


def _listed(given: object) -> object:
    """A list as it stands in an address: with commas."""
    parts = given if isinstance(given, list) else [given]
    return [word.strip() for part in parts for word in str(part).split(",") if word.strip()]


At = Annotated[Instant, BeforeValidator(_zoned)]
Listed = Annotated[list[Word], BeforeValidator(_listed), Field(max_length=100)]


class Asked(BaseModel):
    """Which requests are asked for. `service_request_id` overrides everything else."""

    service_request_id: Annotated[Listed, Field(description="Numbers of requests, with commas.")] = []
    service_code: Annotated[Listed, Field(description="Of these services.")] = []
    status: Annotated[
        list[Literal["open", "closed"]], BeforeValidator(_listed), Field(max_length=2, description="open, closed.")
    ] = []
    start_date: Annotated[At | None, Field(description="From this instant; the last 90 days if nothing is said.")] = (
        None
    )
    end_date: Annotated[At | None, Field(description="Until this instant, at most 90 days after the first.")] = None
    jurisdiction_id: Annotated[Word | None, Field(description="Code of the jurisdiction's root area.")] = None


class ServiceRequestIn(BaseModel):
    """A request as a form: where, what, and answers to the service's questions as `attribute[code]`."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "service_code": "E0113",
                "lat": 32.055,
                "long": 118.625,
                "description": "人行道地砖松动",
                "attribute[size]": "small",
            }
        }
    )

    api_key: Word | None = None
    jurisdiction_id: Word | None = None
    service_code: Annotated[Word, Field(min_length=1)]
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    long: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    address_string: Annotated[
        Word | None, Field(description="Told to those who handle it; no place is made of it.")
    ] = None
    address_id: Annotated[Word | None, Field(description="Code of a grid cell, where there is no lat and long.")] = None
    description: Annotated[str, Field(max_length=4000, pattern=r"^[^\x00]*$")] | None = None
    first_name: Annotated[str, Field(max_length=50, pattern=r"^[^\x00]*$")] | None = None
    last_name: Annotated[str, Field(max_length=49, pattern=r"^[^\x00]*$")] | None = None
    phone: Annotated[str, Field(max_length=40, pattern=r"^[0-9+() -]*$")] | None = None
    email: Annotated[str, Field(max_length=254, pattern=r"^[^\x00]*$")] | None = None
    media_url: (
        Annotated[
            str, Field(max_length=2000, pattern=r"^https?://[^\x00-\x20]+$", description="Told as text, never fetched.")
        ]
        | None
    ) = None
    account_id: Annotated[Word | None, Field(description="The app's own name of its user: given back, not kept.")] = (
        None
    )
    device_id: Annotated[Word | None, Field(description="The same of a device; it only tells requests apart.")] = None


class ServiceOut(BaseModel):
    """A kind of request that may be made. `metadata`: it asks more than where."""

    service_code: Annotated[str, Field(examples=["E0113"])]
    service_name: Annotated[str, Field(examples=["道路破损"])]
    description: Annotated[str, Field(examples=["路面坑洞、裂缝、地砖松动"])]
    metadata: bool
    type: Literal["realtime", "batch"]
    keywords: Annotated[str, Field(examples=["road,pavement"])]
    group: Annotated[str | None, Field(examples=["道路"])]


class ValueOut(BaseModel):
    """An answer that may be chosen."""

    key: Annotated[str, Field(examples=["small"])]
    name: Annotated[str, Field(examples=["小于一平方米"])]


class AttributeOut(BaseModel):
    """A question of a service; one that is not `variable` only tells something."""

    variable: bool
    code: Annotated[str, Field(examples=["size"])]
    datatype: Datatype
    required: bool
    datatype_description: Annotated[str, Field(examples=["选一项"])]
    order: Annotated[int, Field(examples=[1])]
    description: Annotated[str, Field(examples=["破损多大？"])]
    values: list[ValueOut]


class DefinitionOut(BaseModel):
    """What a service asks."""

    service_code: Annotated[str, Field(examples=["E0113"])]
    attributes: list[AttributeOut]


class CreatedOut(BaseModel):
    """A request that was taken: its number, or a token where the number follows later."""

    service_request_id: Annotated[str | None, Field(examples=[EXAMPLE_ID])] = None
    token: Annotated[str | None, Field(examples=[None])] = None
    service_notice: Annotated[str | None, Field(examples=["已收到。"])]
    account_id: Annotated[str | None, Field(examples=[None])]


class TokenOut(BaseModel):
    """The number that a token was given for; none as long as nobody has decided."""

    service_request_id: Annotated[str | None, Field(examples=[EXAMPLE_ID])]
    token: Annotated[str, Field(examples=["Q0T5W8ZC2FH4KMPRSVXY"])]


W3C = Annotated[str, Field(examples=["2026-11-23T02:00:00Z"])]


class ServiceRequestOut(BaseModel):
    """How far a request is. What is null is not told: see docs/open311.md."""

    service_request_id: Annotated[str, Field(examples=[EXAMPLE_ID])]
    status: Literal["open", "closed"]
    status_notes: Annotated[str | None, Field(examples=["已派人处理。"])]
    service_name: Annotated[str, Field(examples=["道路破损"])]
    service_code: Annotated[str, Field(examples=["E0113"])]
    description: None = None
    agency_responsible: None = None
    service_notice: None = None
    requested_datetime: W3C
    updated_datetime: W3C
    expected_datetime: None = None
    address: None = None
    address_id: Annotated[str | None, Field(examples=["320111001-G001"])]
    zipcode: None = None
    lat: Annotated[float | None, Field(examples=[32.055])]
    long: Annotated[float | None, Field(examples=[118.625])]
    media_url: None = None


class EndpointOut(BaseModel):
    """One way in."""

    specification: str = "http://wiki.open311.org/GeoReport_v2"
    url: Annotated[str, Field(examples=["https://lianqin.example/open311/v2"])]
    changeset: W3C
    type: Literal["production"] = "production"
    formats: list[str] = ["text/xml", "application/json"]


class DiscoveryOut(BaseModel):
    """What there is, and where."""

    changeset: W3C
    contact: Annotated[str, Field(examples=["The command centre of the jurisdiction."])]
    key_service: Annotated[str, Field(examples=["An administrator of the jurisdiction gives keys to channels."])]
    endpoints: list[EndpointOut]


class ErrorOut(BaseModel):
    """What went wrong."""

    code: Annotated[int, Field(examples=[404])]
    description: Annotated[str, Field(examples=["There is nothing here, or nothing this caller may see."])]
