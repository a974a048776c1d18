"""XML that leaves: elements written as text, in which nothing that somebody else said can become a tag."""

import re
from collections.abc import Iterable
from html import escape

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
NO_CHARACTER = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no character for, however it is written."""


def plain(text: str) -> str:
    """A text without what XML has no character for: each such thing becomes the sign for "not readable"."""
    return NO_CHARACTER.sub("\ufffd", text)


def element(name: str, inside: str = "", **attributes: str) -> str:
    """An element around finished XML."""
    said = "".join(f' {key}="{escape(plain(value))}"' for key, value in attributes.items())
    return f"<{name}{said}>{inside}</{name}>"


def leaf(name: str, value: object) -> str:
    """An element around one value: nothing of it is read as XML."""
    return element(name, escape(plain(_text(value)), quote=False))


def leaves(values: Iterable[tuple[str, object]]) -> str:
    """Elements one after the other; those without a value are left out."""
    return "".join(leaf(name, value) for name, value in values if value is not None)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
