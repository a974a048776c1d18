"""A layer written into a file by a command: by the sight of an account, as it would come over HTTP."""

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from app.core.db import Database
from app.core.problems import NotFound
from app.core.settings import Settings
from app.identity.service import Forbidden, actor_named
from app.identity.workflow import Right
from app.layer.crs.workflow import CRS84, EPSG
from app.layer.document.routes import known
from app.layer.export.service import Selection, export
from app.layer.export.workflow import asked_of_file
from app.layer.workflow import FILES, BadQuery, File


async def export_to(
    settings: Settings, username: str, collection_id: str, target: tuple[str, Path], asked: Mapping[str, str | None]
) -> int:
    """Write what the account sees into a file, which is there as a whole or as it was before; says how many features.

    Raises:
        NotFound: there is no such account, or no such layer.
        Forbidden: the account may not read layers.
        BadQuery, InvalidFilter, SelectionTooLarge.
    """
    collection, file, out = known(collection_id), _file(*target), target[1]
    given = {name: value for name, value in asked.items() if value} | {"crs": _uri(asked.get("crs"))}
    wanted = asked_of_file(collection, file, list(given.items()))
    database = Database(settings)
    await database.open()
    folder = await asyncio.to_thread(tempfile.mkdtemp, dir=out.parent)
    try:
        async with database.read() as session, database.read_lane() as lane:
            actor = await actor_named(session, lane, username)
        if actor is None:
            raise NotFound(f"There is no account {username} that is on.")
        if Right.LAYERS_READ not in actor.rights:
            raise Forbidden(f"{username} may not read layers.")
        made = Path(folder, out.name)
        features = await export(database, Selection(actor, collection, file, wanted), made)
        await asyncio.to_thread(made.replace, out)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        await database.close()
    return features


def _file(form: str, out: Path) -> File:
    named = FILES.get(form) or next((one for one in FILES.values() if out.name.endswith(f".{one.suffix}")), None)
    if named is None or (form and form not in FILES):
        raise BadQuery(f"--as must be one of {', '.join(FILES)}.")
    return named


def _uri(crs: str | None) -> str:
    """The full name of a system that is named in short."""
    if crs is None or crs == "CRS84":
        return CRS84
    return EPSG.format(crs.removeprefix("EPSG:")) if "/" not in crs else crs
