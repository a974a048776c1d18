"""What may be reported where: the services of a jurisdiction, and what each asks."""

from typing import Any

from app.catalogue.offer import PublicService
from app.catalogue.schemas import Language
from app.core.db import Session
from app.core.problems import NotFound, Problem
from app.exchange.open311 import queries
from app.exchange.open311.schemas import AttributeOut, DefinitionOut, ServiceOut, ValueOut


class JurisdictionMissing(Problem):
    """jurisdiction_id was not provided, and more than one jurisdiction is served here."""


class JurisdictionUnknown(NotFound):
    """The jurisdiction_id provided was not found."""


class ServiceUnknown(NotFound):
    """The service_code provided was not found."""


def said_in(language: Language, zh: str, en: str) -> str:
    """Words in the language that is asked for."""
    return en if language == "en" else zh


async def jurisdiction(session: Session, wanted: str | None) -> str:
    """The jurisdiction that is asked for, or the only one there is.

    Raises:
        JurisdictionMissing, JurisdictionUnknown.
    """
    known = await queries.jurisdictions(session)
    if wanted is None and len(known) > 1:
        raise JurisdictionMissing
    if wanted is not None and wanted not in known:
        raise JurisdictionUnknown
    return wanted or next(iter(known), "")


async def services(session: Session, wanted: str | None, language: Language) -> list[ServiceOut]:
    """What may be reported in a jurisdiction."""
    area = await jurisdiction(session, wanted)
    return [_service(row, language) for row in await queries.services(session, area)]


def _service(row: Any, language: Language) -> ServiceOut:
    offered = PublicService.model_validate(row.public_service)
    return ServiceOut(
        service_code=row.code,
        service_name=said_in(language, row.name, row.name_en),
        description=said_in(language, offered.description, offered.description_en),
        metadata=bool(offered.questions),
        type="realtime" if offered.id_at_once else "batch",
        keywords=",".join(offered.keywords),
        group=offered.group,
    )


async def definition(session: Session, wanted: str | None, code: str, language: Language) -> DefinitionOut:
    """What a service asks.

    Raises:
        ServiceUnknown: the public cannot report it.
    """
    rows = await queries.services(session, await jurisdiction(session, wanted), code)
    if not rows:
        raise ServiceUnknown
    questions = PublicService.model_validate(rows[0].public_service).questions
    asked = [
        AttributeOut(
            variable=one.variable,
            code=one.code,
            datatype=one.datatype,
            required=one.required,
            datatype_description=one.hint,
            order=order,
            description=said_in(language, one.description, one.description_en),
            values=[ValueOut(key=value.key, name=said_in(language, value.name, value.name_en)) for value in one.values],
        )
        for order, one in enumerate(questions, 1)
    ]
    return DefinitionOut(service_code=code, attributes=asked)
