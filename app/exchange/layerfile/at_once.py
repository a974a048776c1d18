"""A file of features brought in by a command, by the rights of an account."""

import asyncio
from pathlib import Path

from pydantic import ValidationError

from app.core.db import Database
from app.core.geo import Datum
from app.core.problems import NotFound, Unprocessable
from app.core.settings import Settings
from app.exchange.layerfile.schemas import ImportIn, ImportOut
from app.exchange.layerfile.service import bring
from app.exchange.layerfile.workflow import Layer
from app.grid import files
from app.identity.service import actor_named


async def bring_file(
    settings: Settings, username: str, layer: str, path: Path, system: tuple[str | None, str | None], *, dry_run: bool
) -> ImportOut:
    """Bring in the features of a file; `system` is a datum and the name of a system, where the file does not say.

    Raises:
        NotFound: there is no such account.
        Unprocessable: the file cannot be read, or it is not said in which system.
        Forbidden: the account may not change this layer.
    """
    if layer not in list(Layer):
        raise Unprocessable(f"What can be brought in is {', '.join(Layer)}; a grid comes by `import grid`.")
    body = await asyncio.to_thread(_body, path, *system)
    database = Database(settings)
    await database.open()
    try:
        async with database.write() as session, database.read_lane() as lane:
            caller = await actor_named(session, lane, username)
            if caller is None:
                raise NotFound(f"There is no account {username} that is on.")
            return await bring(session, caller, Layer(layer), body, dry_run=dry_run)
    finally:
        await database.close()


def _body(path: Path, datum: str | None, crs: str | None) -> ImportIn:
    if datum is not None and datum not in list(Datum):
        raise Unprocessable(f"A datum is {' or '.join(Datum)}.")
    found = files.read(path)
    try:
        return ImportIn(features=found["features"], crs=crs or found.get("crs"), datum=Datum(datum) if datum else None)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        raise Unprocessable(f"/{'/'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None
