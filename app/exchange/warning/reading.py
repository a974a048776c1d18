"""How a CAP message is read: as hostile XML, bounded in size, depth and number, then by the rules of CAP 1.2."""

from collections.abc import Callable
from typing import Any, TypeVar
from xml.etree.ElementTree import Element, ParseError, TreeBuilder  # types, and a builder behind defusedxml

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from app.core.problems import Unprocessable, Unreadable
from app.exchange.warning.workflow import (
    NAME,
    NAMESPACE,
    TAKEN,
    CapStatus,
    Category,
    Certainty,
    Message,
    MsgType,
    Scope,
    Severity,
    Urgency,
    circle,
    instant,
    polygon,
    references,
)

MAX_BYTES = 256 * 1024
DEEPEST, MOST_ELEMENTS = 12, 5000
MOST_INFOS, MOST_AREAS, MOST_OF_A_RING, MOST_POINTS = 10, 100, 2000, 10_000
LONGEST = 10_000
T = TypeVar("T")
WORDS = ("event", "headline", "description", "instruction", "senderName", "web", "contact", "audience")


class NotCap(Unprocessable):
    """The message is not one that CAP 1.2 allows."""


class _Bounded(TreeBuilder):
    """Builds a tree as long as it stays small."""

    def __init__(self) -> None:
        super().__init__()
        self.depth, self.elements = 0, 0

    def start(self, tag: Any, attrs: Any, /) -> Element:
        """One element more."""
        self.depth, self.elements = self.depth + 1, self.elements + 1
        if self.depth > DEEPEST or self.elements > MOST_ELEMENTS:
            raise Unreadable("The XML is deeper or has more elements than a CAP message needs.")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        """One is over."""
        self.depth -= 1
        return super().end(tag)


def read(body: bytes) -> Message:
    """A message out of what came.

    Raises:
        Unreadable: it is not XML, has a document type or an entity, or is too large.
        NotCap: it breaks a rule of CAP.
    """
    if len(body) > MAX_BYTES:
        raise Unreadable(f"A CAP message has at most {MAX_BYTES} bytes.")
    try:
        parser = DefusedXMLParser(target=_Bounded(), forbid_dtd=True)
        parser.feed(body)
        root = parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError, UnicodeError):
        raise Unreadable("This is no XML without a document type and entities.") from None
    if root.tag != f"{{{NAMESPACE}}}alert":
        raise NotCap("The root is not an alert of CAP 1.2.")
    return _message(root)


def _message(root: Element) -> Message:
    infos = _children(root, "info", MOST_INFOS)
    areas = [area for info in infos for area in _children(info, "area", MOST_AREAS)]
    rings = [_as("polygon", said, lambda text: polygon(text, MOST_OF_A_RING)) for said in _all(areas, "polygon")]
    if len(areas) > MOST_AREAS or sum(len(ring) for ring in rings) > MOST_POINTS:
        raise NotCap("The message has too many areas or points.")
    told = [_info(info) for info in infos]
    ends = [one["expires"] for one in told]
    message = Message(
        identifier=_must(root, "identifier", _name),
        sender=_must(root, "sender", _name),
        sent=_must(root, "sent", instant),
        status=_must(root, "status", CapStatus),
        msg_type=_must(root, "msgType", MsgType),
        scope=_must(root, "scope", Scope),
        refs=_as("references", _text(root, "references") or "", references),
        infos=[one | {"expires": one["expires"] and one["expires"].isoformat()} for one in told],
        rings=rings,
        circles=[_as("circle", said, circle) for said in _all(areas, "circle")],
        codes=_all([code for area in areas for code in area.findall(_tag("geocode"))], "value"),
        expires_at=max((end for end in ends if end), default=None) if all(ends) else None,
    )
    if message.msg_type not in TAKEN:
        raise NotCap(f"msgType {message.msg_type} is not for receivers.")
    if message.msg_type is not MsgType.ALERT and not message.refs:
        raise NotCap("An Update or Cancel says in references what it changes.")
    if message.msg_type is not MsgType.CANCEL and not infos:
        raise NotCap("An Alert or Update has an info.")
    return message


def _info(info: Element) -> dict[str, Any]:
    said: dict[str, Any] = {"language": (_text(info, "language") or "en-US")[:20]}
    said["category"] = [_as("category", one, Category) for one in _all([info], "category")]
    if not said["category"]:
        raise NotCap("An info has a category.")
    _must(info, "event", str)
    kinds: tuple[tuple[str, Callable[[str], Any]], ...] = (
        ("urgency", Urgency),
        ("severity", Severity),
        ("certainty", Certainty),
    )
    said |= {name: _must(info, name, kind) for name, kind in kinds}
    said |= {name: found for name in WORDS if (found := _text(info, name))}
    for area in info.findall(_tag("area")):
        _must(area, "areaDesc", str)
    said["areas"] = _all(info.findall(_tag("area")), "areaDesc")
    expires = _text(info, "expires")
    return said | {"expires": None if expires is None else _as("expires", expires, instant)}


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _children(parent: Element, name: str, most: int) -> list[Element]:
    found = parent.findall(_tag(name))
    if len(found) > most:
        raise NotCap(f"There are more than {most} of {name}.")
    return found


def _text(parent: Element, name: str) -> str | None:
    said = (parent.findtext(_tag(name)) or "").strip()
    return said[:LONGEST] or None


def _all(parents: list[Element], name: str) -> list[str]:
    return [said for one in parents for part in one.findall(_tag(name)) if (said := (part.text or "").strip())]


def _must(parent: Element, name: str, kind: Callable[[str], T]) -> T:
    said = _text(parent, name)
    if said is None:
        raise NotCap(f"There is no {name}.")
    return _as(name, said, kind)


def _as(name: str, said: str, kind: Callable[[str], T]) -> T:
    try:
        return kind(said)
    except ValueError as error:
        why = str(error) if str(error).startswith(("is ", "has ")) else "is not one of CAP's"
        raise NotCap(f"{name} {why}.") from None


def _name(said: str) -> str:
    if not NAME.fullmatch(said):
        raise ValueError("is not free of spaces, commas and signs of XML")
    return said
