"""Which shape the database has: brought to what this code wants, compared with it, or taken back."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

ROOT = Path(__file__).parents[1]


def expected_revision() -> str | None:
    """The newest migration this code was written for."""
    return ScriptDirectory(ROOT / "migrations").get_current_head()


def migrate(url: str) -> None:
    """Bring the database to the newest shape; does nothing when it has it."""
    command.upgrade(_config(url), "head")


def compare(url: str) -> None:
    """Raise when the models say something that no migration says."""
    command.check(_config(url))


def take_back(url: str) -> None:
    """Undo every migration, and so every row: for tests."""
    command.downgrade(_config(url), "base")


def _config(url: str) -> Config:
    return Config(ROOT / "alembic.ini", attributes={"url": url})
