"""How a warning of ours is written: as a CAP 1.2 message, and as one entry of an Atom feed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from app.core.xml import DECLARATION, element, leaf, leaves
from app.exchange.warning.workflow import NAMESPACE, written

ATOM = "http://www.w3.org/2005/Atom"
CAP_TYPE = "application/cap+xml"
Ring = Sequence[Sequence[float]]


def cap(warning: Any, areas: str, rings: Sequence[Ring]) -> str:
    """The message of a warning with its names and instants; elements stand in the order of the standard."""
    refs = " ".join(f"{sender},{identifier},{sent}" for sender, identifier, sent in warning.refs)
    head = leaves(
        [
            ("identifier", warning.identifier),
            ("sender", warning.sender),
            ("sent", written(warning.sent)),
            ("status", warning.status),
            ("msgType", warning.msg_type),
            ("scope", "Public"),
            ("references", refs or None),
        ]
    )
    where = leaf("areaDesc", areas) + "".join(leaf("polygon", _polygon(ring)) for ring in rings)
    body = "".join(_info(info, warning, where) for info in warning.infos)
    return DECLARATION + element("alert", head + body, xmlns=NAMESPACE)


def _info(info: dict[str, Any], warning: Any, where: str) -> str:
    categories = [("category", one) for one in info["category"]]
    times = [("effective", written(warning.sent)), ("expires", warning.expires_at and written(warning.expires_at))]
    words = ("senderName", "headline", "description", "instruction")
    said = [(name, info.get(name)) for name in ("event", "urgency", "severity", "certainty")]
    told = [("language", info["language"]), *categories, *said, *times, *((name, info.get(name)) for name in words)]
    return element("info", leaves(told) + element("area", where))


def _polygon(ring: Ring) -> str:
    """Latitude first, as CAP has it."""
    return " ".join(f"{lat:.5f},{lon:.5f}" for lon, lat in ring)


def atom(address: str, warnings: Iterable[Any], updated: datetime) -> str:
    """The feed of warnings: each leads to its CAP message."""
    me = element("author", leaf("name", "Lianqin"))
    head = leaf("id", address) + leaf("title", "Warnings") + leaf("updated", _rfc3339(updated)) + me
    entries = "".join(_entry(address.rpartition("/")[0], one) for one in warnings)
    return DECLARATION + element("feed", head + entries, xmlns=ATOM)


def _entry(base: str, warning: Any) -> str:
    first = warning.infos[0]
    where = f"{base}/{warning.id}/cap"
    link = element("link", href=where, type=CAP_TYPE)
    told = [("id", where), ("title", first["headline"]), ("updated", _rfc3339(warning.sent))]
    return element("entry", leaves(told) + link + leaf("summary", first["description"]))


def _rfc3339(at: datetime) -> str:
    return written(at).replace("-00:00", "Z")
