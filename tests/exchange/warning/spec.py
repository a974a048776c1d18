"""CAP 1.2 as its standard has it, written from its words: which elements, in which order, how often, which values."""

import re
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from app.exchange.warning.workflow import NAMESPACE

ALERT = (
    *("identifier", "sender", "sent", "status", "msgType", "source", "scope", "restriction", "addresses", "code"),
    *("note", "references", "incidents", "info"),
)
INFO = (
    *("language", "category", "event", "responseType", "urgency", "severity", "certainty", "audience", "eventCode"),
    *("effective", "onset", "expires", "senderName", "headline", "description", "instruction", "web", "contact"),
    *("parameter", "resource", "area"),
)
AREA = ("areaDesc", "polygon", "circle", "geocode", "altitude", "ceiling")
NEEDED = {
    "alert": ("identifier", "sender", "sent", "status", "msgType", "scope"),
    "info": ("category", "event", "urgency", "severity", "certainty"),
    "area": ("areaDesc",),
}
REPEATED = {
    "code",
    "info",
    "category",
    "responseType",
    "eventCode",
    "parameter",
    "resource",
    "area",
    "polygon",
    "circle",
}
REPEATED |= {"geocode"}
INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d"
VALUES = {
    "identifier": r"[^\s,<&]+",
    "sender": r"[^\s,<&]+",
    "sent": INSTANT,
    "effective": INSTANT,
    "expires": INSTANT,
    "status": "Actual|Exercise|System|Test|Draft",
    "msgType": "Alert|Update|Cancel|Ack|Error",
    "scope": "Public|Restricted|Private",
    "references": rf"[^\s,]+,[^\s,]+,{INSTANT}( [^\s,]+,[^\s,]+,{INSTANT})*",
    "language": r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*",
    "category": "Geo|Met|Safety|Security|Rescue|Fire|Health|Env|Transport|Infra|CBRNE|Other",
    "urgency": "Immediate|Expected|Future|Past|Unknown",
    "severity": "Extreme|Severe|Moderate|Minor|Unknown",
    "certainty": "Observed|Likely|Possible|Unlikely|Unknown",
    "headline": r".{1,160}",
    "polygon": r"-?\d+(\.\d+)?,-?\d+(\.\d+)?( -?\d+(\.\d+)?,-?\d+(\.\d+)?){3,}",
}


def read(message: bytes) -> Element:
    """The message, if it is one that the standard allows."""
    root: Element = fromstring(message, forbid_dtd=True)
    _holds(root, "alert", ALERT)
    for info in root.findall(tag("info")):
        _holds(info, "info", INFO)
        for area in info.findall(tag("area")):
            _holds(area, "area", AREA)
            for ring in area.findall(tag("polygon")):
                points = (ring.text or "").split()
                assert points[0] == points[-1], "a polygon is closed"
    return root


def tag(name: str) -> str:
    """An element's name with its namespace."""
    return f"{{{NAMESPACE}}}{name}"


def _holds(parent: Element, name: str, order: tuple[str, ...]) -> None:
    assert parent.tag == tag(name)
    children = [child.tag.removeprefix(tag("")) for child in parent]
    assert set(children) <= set(order), f"{name} has unknown elements"
    assert children == sorted(children, key=order.index), f"the elements of {name} stand out of order"
    assert set(NEEDED[name]) <= set(children), f"{name} lacks something"
    assert all(children.count(child) == 1 for child in set(children) - REPEATED), f"{name} says something twice"
    for child in parent:
        pattern = VALUES.get(child.tag.removeprefix(tag("")))
        assert pattern is None or re.fullmatch(pattern, child.text or ""), f"{child.tag}: {child.text!r}"
