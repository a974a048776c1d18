"""A private server is reached by its owner alone, survives its own death and keeps what it was given."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from app.cluster import Cluster, ClusterError, data_dir, obtain
from app.cluster.server import address, configuration, fits


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path that any user may walk down to, as a socket and root's server need."""
    path = Path(tempfile.mkdtemp(prefix="lianqin-cluster-"))
    path.chmod(0o755)
    obtain(path, path)  # installs PostgreSQL where that is possible
    yield path
    for home in (path, *path.iterdir()):
        Cluster(home).reset()
    shutil.rmtree(path)


async def answer(url: str, question: str) -> object:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_a_server_is_made_once_and_found_again(folder: Path) -> None:
    url = Cluster(folder, unsafe=True).up()
    await answer(url, "CREATE TABLE kept AS SELECT postgis_version() AS said")
    assert Cluster(folder).up() == Cluster(folder).url() == url
    assert Cluster(folder).down()
    assert Cluster(folder).url() is None
    assert not Cluster(folder).down()
    assert str(await answer(Cluster(folder).up(), "SELECT said FROM kept")).startswith("3.")


async def test_a_server_is_durable_unless_told_otherwise(folder: Path) -> None:
    url = Cluster(folder).up()
    assert (
        await answer(
            url, "SELECT string_agg(setting, ' ') FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit')"
        )
        == "on on"
    )


def test_a_server_that_was_killed_starts_again_though_another_has_its_number(folder: Path) -> None:
    cluster = Cluster(folder, unsafe=True)
    cluster.up()
    mark = cluster.files / "postmaster.pid"
    number, *rest = mark.read_text().split("\n")
    os.kill(int(number), signal.SIGKILL)
    while cluster.url():
        pass
    mark.write_text("\n".join([str(os.getppid()), *rest]))
    assert cluster.up()


def test_only_its_owner_may_look_into_a_server(folder: Path) -> None:
    cluster = Cluster(folder, unsafe=True)
    cluster.up()
    assert cluster.home.stat().st_mode & 0o077 == 0


async def test_a_long_path_is_served_by_tcp_with_a_password(folder: Path) -> None:
    deep = folder / ("x" * 90)
    deep.mkdir()
    url = Cluster(deep, unsafe=True).up()
    assert "@127.0.0.1:" in url
    assert await answer(url, "SELECT 1") == 1
    with pytest.raises(asyncpg.InvalidPasswordError):
        await answer(url.replace("app:", "app:not"), "SELECT 1")


def test_root_is_told_when_the_server_could_not_enter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    folder.chmod(0o700)
    with pytest.raises(ClusterError, match="another LIANQIN_DATA_DIR"):
        Cluster(folder).up()


def test_the_data_of_a_closed_checkout_of_root_lies_below_var(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIANQIN_DATA_DIR", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert data_dir(folder) == folder / ".data"
    folder.chmod(0o700)
    assert data_dir(folder).parent == Path("/var/lib/lianqin")


def test_a_named_data_folder_wins(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANQIN_DATA_DIR", str(folder / "there"))
    assert data_dir(Path("/elsewhere")) == folder / "there"


def test_a_path_may_hold_spaces_quotes_and_chinese() -> None:
    home = Path("/a b/联'勤")
    assert fits(home)
    assert "unix_socket_directories = '/a b/联''勤'\n" in configuration(home, 5432, unsafe=False)
    assert address(str(home), 5432) == "postgresql+asyncpg://app@/app?host=/a%20b/%E8%81%94%27%E5%8B%A4&port=5432"
