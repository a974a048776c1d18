"""Which of the PostgreSQL versions on this machine serves: the newest that can make PostGIS."""

import functools
import os
import re
import subprocess
from pathlib import Path

PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu, and the packages of the PostgreSQL project for them
    "/usr/pgsql-*/bin",  # the project's packages for Red Hat
    "/usr/bin",  # Fedora, Arch, Alpine
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


class ClusterError(Exception):
    """There is no database to be had; the message is one line that says what to do."""


@functools.cache
def find(version: str | None = None) -> Path | None:
    """The folder of the newest PostgreSQL that has PostGIS; with `version`, of that major version only."""
    named = os.environ.get("PG_BINDIR")
    places = [Path(named)] if named else [path for place in PLACES for path in Path("/").glob(place[1:])]
    found = [(major(place), place) for place in places if has_postgis(place)]
    return max((one for one in found if version in {None, str(one[0])}), default=(0, None))[1]


def major(bindir: Path) -> int:
    """The major version of the server in this folder, 0 when it does not say."""
    found = re.search(r"\d+", _ask(bindir / "postgres", "--version"))
    return int(found[0]) if found else 0


def has_postgis(bindir: Path) -> bool:
    """Whether a server made with this folder's `initdb` could make the extension."""
    if not (bindir / "initdb").exists():
        return False
    share = _ask(bindir / "pg_config", "--sharedir") or f"/usr/share/postgresql/{bindir.parent.name}"
    return (Path(share) / "extension" / "postgis.control").exists()


def _ask(program: Path, question: str) -> str:
    """What a program says of itself, or nothing (Debian ships pg_config apart from the server)."""
    try:
        return subprocess.run([program, question], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
