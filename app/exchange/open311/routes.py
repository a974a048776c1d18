"""HTTP of Open311 GeoReport v2. Every path ends in the format of its answer, and errors have the standard's form."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from app.catalogue.routes import Speaking
from app.core.problems import (
    InvalidRequest,
    NotFound,
    Problem,
    TooLarge,
    Unavailable,
    Unreadable,
    problems,
    raises,
)
from app.core.settings import Settings
from app.exchange.gate import OutsideLane, OutsideRead
from app.exchange.open311 import offering, service, wire
from app.exchange.open311.offering import JurisdictionMissing, JurisdictionUnknown, ServiceUnknown
from app.exchange.open311.schemas import (
    Asked,
    CreatedOut,
    DefinitionOut,
    DiscoveryOut,
    EndpointOut,
    ErrorOut,
    Format,
    ServiceOut,
    ServiceRequestIn,
    ServiceRequestOut,
    TokenOut,
    Word,
)
from app.exchange.open311.service import AttributesWrong, OutsideJurisdiction, Posted, QuotaUsed, Unplaced
from app.identity.access import Declared, doorman
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right

router = APIRouter(prefix=wire.PREFIX, tags=["open311"])
CHANGESET = service.w3c(datetime(2026, 11, 28, tzinfo=UTC))
KEY = "A channel's key. In a header it does not end up in the logs of what stands between."


class Key(Declared):
    """Says that a route is for everybody, and that a channel with a key is told more."""

    async def __call__(
        self,
        request: Request,
        x_api_key: Annotated[str | None, Header(max_length=200, description=KEY)] = None,
        api_key: Annotated[str | None, Query(max_length=200, description="The same, as the standard has it.")] = None,
    ) -> Actor | None:
        """The channel, if it came with a key."""
        key = x_api_key or api_key
        return await doorman(request).caller(None, key) if key else None


class Form(Declared):
    """Says that a route takes a form that came with the key of a channel that may report."""

    async def __call__(
        self,
        request: Request,
        x_api_key: Annotated[str | None, Header(max_length=200, description=KEY)] = None,
        api_key: Annotated[str | None, Query(max_length=200, description="The same, as the standard has it.")] = None,
    ) -> tuple[Actor, Posted]:
        """The channel and what it says."""
        fields = await wire.fields_of(request)
        key = x_api_key or dict(fields).get("api_key") or api_key
        actor = await doorman(request).caller(None, key)
        if Right.INCIDENTS_REPORT not in actor.rights:
            raise Forbidden("This key is not for reporting.")
        return actor, wire.posted_of(fields)


key, form = Key(), Form()
raises(NotSignedIn, Unavailable)(key)
raises(NotSignedIn, Forbidden, Unavailable, TooLarge, Unreadable, InvalidRequest)(form)
Channel = Annotated[Actor | None, Depends(key)]
Ending = Annotated[Format, Path(description="json or xml.")]
Code = Annotated[Word, Path(description="A service_code.")]
Number = Annotated[Word, Path(description="A service_request_id.")]
Jurisdiction = Annotated[Word | None, Query(description="Code of the root area, where there are several.")]
PLACES = (JurisdictionMissing, JurisdictionUnknown)


def _says(model: Any, name: str, *kinds: type[Problem], status: int = 200) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route: what it answers in both formats, and its problems in the standard's form."""
    answer = {"model": model, "description": "As JSON, or the same as XML.", "content": wire.xml_of(name)}
    said = problems(*kinds) | {status: answer}
    said.setdefault(400, {})["model"] = list[ErrorOut]
    return said


@router.get("/discovery.{format}", response_class=Response, responses=_says(DiscoveryOut, "discovery"))
async def discover(request: Request, format: Ending, _: Channel) -> Response:  # noqa: A002  # the standard's word
    """Service discovery: which versions there are, and where."""
    endpoint = EndpointOut(url=str(request.base_url).rstrip("/") + wire.PREFIX, changeset=CHANGESET)
    said = DiscoveryOut(
        changeset=CHANGESET,
        contact="The command centre of the jurisdiction.",
        key_service="An administrator of the jurisdiction gives keys to channels.",
        endpoints=[endpoint],
    )
    return wire.written("discovery", said, format)


@router.get("/services.{format}", response_class=Response, responses=_says(list[ServiceOut], "services", *PLACES))
async def list_services(
    format: Ending,  # noqa: A002  # as above
    session: OutsideRead,
    speaking: Speaking,
    _: Channel,
    jurisdiction_id: Jurisdiction = None,
) -> Response:
    """What may be reported: the categories that the catalogue in force offers to the public."""
    return wire.written("services", await offering.services(session, jurisdiction_id, speaking), format)


@router.get(
    "/services/{service_code}.{format}",
    response_class=Response,
    responses=_says(DefinitionOut, "service_definition", *PLACES, ServiceUnknown),
)
async def define_service(
    service_code: Code,
    format: Ending,  # noqa: A002  # as above
    session: OutsideRead,
    speaking: Speaking,
    _: Channel,
    jurisdiction_id: Jurisdiction = None,
) -> Response:
    """What a service asks beside the place."""
    said = await offering.definition(session, jurisdiction_id, service_code, speaking)
    return wire.written("service_definition", said, format)


@router.post(
    "/requests.{format}",
    response_class=Response,
    status_code=201,
    openapi_extra=wire.takes(ServiceRequestIn),
    responses=_says(
        list[CreatedOut],
        "service_requests",
        Unplaced,
        OutsideJurisdiction,
        ServiceUnknown,
        AttributesWrong,
        QuotaUsed,
        status=201,
    ),
)
async def create_request(
    request: Request,
    format: Ending,  # noqa: A002  # as above
    posted: Annotated[tuple[Actor, Posted], Depends(form)],
    lane: OutsideLane,
    speaking: Speaking,
) -> Response:
    """Report something. The same words of the same key within ten minutes are one report, answered alike each time.

    What is reported already is taken too, merged into the open one, and has a number of its own.
    """
    actor, said = posted
    settings: Settings = request.app.state.settings
    made = await service.create(lane, actor, said, settings.open311_quota, speaking)
    return wire.written("service_requests", [made], format, 201)


@router.get(
    "/requests.{format}", response_class=Response, responses=_says(list[ServiceRequestOut], "service_requests", *PLACES)
)
async def list_requests(
    format: Ending,  # noqa: A002  # as above
    asked: Annotated[Asked, Query()],
    session: OutsideRead,
    speaking: Speaking,
    channel: Channel,
) -> Response:
    """Requests of services that everybody may look at, and those that the key brought: the newest 1000."""
    return wire.written("service_requests", await service.look(session, channel, asked, speaking), format)


@router.get(
    "/requests/{service_request_id}.{format}",
    response_class=Response,
    responses=_says(list[ServiceRequestOut], "service_requests", NotFound),
)
async def show_request(
    service_request_id: Number,
    format: Ending,  # noqa: A002  # as above
    session: OutsideRead,
    speaking: Speaking,
    channel: Channel,
) -> Response:
    """How far one request is, for whoever knows its number."""
    found = await service.show(session, channel, [service_request_id], speaking)
    if not found:
        raise NotFound
    return wire.written("service_requests", found, format)


@router.get(
    "/tokens/{token}.{format}",
    response_class=Response,
    responses=_says(list[TokenOut], "service_requests", NotFound),
)
async def show_token(
    token: Annotated[Word, Path(description="A token.")],
    format: Ending,  # noqa: A002  # as above
    session: OutsideRead,
    _: Channel,
) -> Response:
    """The number that a token was given for."""
    return wire.written("service_requests", [await service.of_token(session, token)], format)
