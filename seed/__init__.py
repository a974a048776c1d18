"""The demo district: made once in an empty database, kept when it is there, its duty topped up each time."""

import asyncio
import secrets
import sys

import app.models  # noqa: F401  # every table, so that foreign keys find theirs
from app.core.db import Database
from app.core.settings import Settings
from seed.load import duty, files, steps

PASSWORD_FILE = "demo-password"  # noqa: S105  # the name of a file


def sow(settings: Settings) -> bool:
    """Make the demo district; false when it was there, and only its duty was topped up."""
    wanted = settings.demo_password.get_secret_value() if settings.demo_password else None
    password = wanted or _kept(settings) or _keep(settings, secrets.token_urlsafe(9))
    made = asyncio.run(sow_into(Database(settings), password))
    if made:
        _keep(settings, password)
    return made


async def sow_into(database: Database, password: str) -> bool:
    """The same, in a database that is opened here and closed."""
    await database.open()
    try:
        made = await steps.make(database, password, _say)
        await duty.top_up(database, _say)
    finally:
        await database.close()
    return made


def demo_password(settings: Settings) -> str:
    """The password the demo accounts were made with: kept beside the data, or as it is set."""
    wanted = settings.demo_password
    return _kept(settings) or (wanted.get_secret_value() if wanted else "that whoever made them knows")


def usernames() -> list[str]:
    """Who may sign in with it."""
    return [account["username"] for account in files.records("accounts")]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _kept(settings: Settings) -> str | None:
    file = settings.data_dir / PASSWORD_FILE
    return file.read_text(encoding="utf-8") if file.exists() else None


def _keep(settings: Settings, password: str) -> str:
    file = settings.data_dir / PASSWORD_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(password, encoding="utf-8")
    return password
