"""How a document of layers looks as a page: made of its own title, links, parts and features, and of nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader

PAGES = Environment(loader=PackageLoader("app.layer.page"), autoescape=True, trim_blocks=True)


class Cell(NamedTuple):
    """A cell of a table."""

    text: str
    href: str | None = None


def page(document: Mapping[str, Any], title: str, here: str) -> bytes:
    """A page that shows a document; `here` is the address of the list that its features are in."""
    parts = [
        {"href": f"{_self(one)}?f=html", "title": one["title"], "about": one["description"]}
        for one in document.get("collections", ())
    ]
    links = [one | {"href": _as_page(one)} for one in document.get("links", ()) if one["rel"] != "alternate"]
    columns, rows = _table(document, here)
    made = PAGES.get_template("page.html").render(
        title=document.get("title", title),
        about=document.get("description"),
        links=links,
        parts=parts,
        columns=columns,
        rows=rows,
    )
    return made.encode()


def _self(one: Mapping[str, Any]) -> str:
    return next(str(link["href"]) for link in one["links"] if link["rel"] == "self")


def _as_page(one: Mapping[str, Any]) -> str:
    href = str(one["href"])
    is_ours = one["type"] != "text/html" and "f=" not in href
    return f"{href}{'&' if '?' in href else '?'}f=html" if is_ours else href


def _table(document: Mapping[str, Any], here: str) -> tuple[Sequence[str], Sequence[Sequence[Cell]] | None]:
    if document.get("type") == "Feature":
        pairs = {"id": document["id"]} | document["properties"]
        return ("", ""), [(Cell(name), Cell(_text(value))) for name, value in pairs.items()]
    if "features" not in document:
        return (), None
    features = document["features"]
    names = list(features[0]["properties"]) if features else []
    rows = [
        (Cell(one["id"], f"{here}/{one['id']}?f=html"), *(Cell(_text(one["properties"].get(name))) for name in names))
        for one in features
    ]
    return ("id", *names), rows


def _text(value: Any) -> str:
    return "" if value is None else str(value)
