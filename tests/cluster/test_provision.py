"""A machine without PostgreSQL gets the newest that its system offers, or one line of advice."""

import os
import shutil
from pathlib import Path

import pytest

from app.cluster import ClusterError, obtain, programs
from app.cluster.provision import newest_package

OFFERED = """\
postgresql-9-postgis-3 - Geographic objects support for PostgreSQL 9
postgresql-15-postgis-3 - Geographic objects support for PostgreSQL 15
postgresql-17-postgis-3 - Geographic objects support for PostgreSQL 17
postgresql-18-postgis-3-scripts - Geographic objects support for PostgreSQL -- SQL scripts
"""


def test_the_newest_package_is_chosen_by_number() -> None:
    assert newest_package(OFFERED) == "postgresql-17-postgis-3"


def test_no_package_is_chosen_where_there_is_none() -> None:
    assert newest_package("postgresql-15-pgrouting - Routing functionality\n") is None


def test_without_any_way_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "find", lambda *_: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda *_: None)
    with pytest.raises(ClusterError, match=r"^No PostgreSQL with PostGIS here: set DATABASE_URL.*\)\.$"):
        obtain(tmp_path, tmp_path)


def test_a_folder_without_postgis_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "initdb").touch()
    monkeypatch.setenv("PG_BINDIR", str(tmp_path))
    assert programs.find.__wrapped__() is None
