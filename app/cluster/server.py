"""The life of one private PostgreSQL: made, started, found again, stopped, thrown away."""

import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

from app.cluster import programs
from app.cluster.programs import ClusterError

USER = DATABASE = "app"
PORT = 5432
SOCKET_PATH_BYTES = 107
START_TIMEOUT_S = 60
EXTENSIONS = ("postgis", "btree_gist", "pg_trgm")
ROOT_STATE = Path("/var/lib/lianqin")

TUNING = {
    "shared_buffers": "256MB",
    "max_connections": "200",
    "jit": "off",
    "random_page_cost": "1.1",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "timezone": "UTC",
}
UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def data_dir(checkout: Path) -> Path:
    """Where this product keeps its state: `LIANQIN_DATA_DIR`, else `.data` in the checkout.

    A server started by root runs as `postgres`, who cannot enter every folder (`/root`): then below `/var/lib`.
    """
    if named := os.environ.get("LIANQIN_DATA_DIR"):
        return Path(named).expanduser().resolve()
    if os.geteuid() != 0 or open_to_all(checkout):
        return checkout / ".data"
    return ROOT_STATE / f"{checkout.name}-{hashlib.sha256(bytes(checkout)).hexdigest()[:8]}"


def open_to_all(path: Path) -> bool:
    """Whether any user may walk down to this folder."""
    existing = [folder for folder in (path, *path.parents) if folder.exists()]
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in existing)


def configuration(home: Path, port: int, *, unsafe: bool) -> str:
    """The settings on top of the server's own: reached by a socket in `home`, or by TCP where its path is too long."""
    local = fits(home)
    reached = {
        "port": str(port),
        "listen_addresses": "''" if local else "'127.0.0.1'",
        "unix_socket_directories": _quoted(str(home)) if local else "''",
    }
    settings = reached | TUNING | (UNSAFE if unsafe else {})
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


def fits(home: Path) -> bool:
    """Whether the path of a socket in this folder is short enough for the operating system."""
    return len(bytes(home / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_BYTES


def address(host: str, port: int, password: str | None = None) -> str:
    """The URL of the database behind a socket folder, or behind an IP address with its password."""
    if host.startswith("/"):
        return f"postgresql+asyncpg://{USER}@/{DATABASE}?host={quote(host)}&port={port}"
    return f"postgresql+asyncpg://{USER}:{password}@{host}:{port}/{DATABASE}"


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Keep other processes waiting here until the block ends."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class Cluster:
    """One server and its files. Durable, unless `unsafe`: then faster, and a power cut may ruin it (tests only)."""

    data_dir: Path
    unsafe: bool = False

    @property
    def home(self) -> Path:
        """Everything of the server: nobody else may look in, so the socket in it needs no password."""
        return self.data_dir / "postgres"

    @property
    def files(self) -> Path:
        """What PostgreSQL calls the data directory."""
        return self.home / "data"

    def url(self) -> str | None:
        """The address of the database, or nothing while the server is down."""
        where = self._where()
        return address(*where, self._password()) if where and self._answers(*where) else None

    def up(self) -> str:
        """Start the server, making it first if need be, and answer its address; leave a running one alone."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with alone(self.data_dir / "postgres.lock"):
            if not self.files.exists():
                self._make()
            if self.url() is None:
                self._start()
            self._fill()
        return self.url() or self._fail("does not answer")

    def down(self) -> bool:
        """Stop the server; False when there was none."""
        if not self.files.exists() or self._where() is None:
            return False
        return self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", self.files).returncode == 0

    def reset(self) -> None:
        """Throw the server and its data away."""
        self.down()
        shutil.rmtree(self.home, ignore_errors=True)

    def _make(self) -> None:
        if os.geteuid() == 0 and not open_to_all(self.data_dir):
            raise ClusterError(
                f"PostgreSQL runs as user postgres, who cannot enter {self.data_dir}: name another LIANQIN_DATA_DIR."
            )
        self.home.mkdir(mode=0o700, exist_ok=True)
        password, fresh = self.home / "password", self.home / "data.new"
        password.write_text(secrets.token_urlsafe(24))
        password.chmod(0o600)
        shutil.rmtree(fresh, ignore_errors=True)  # a first start that was interrupted
        self._hand_over(self.home, password)
        arguments = ["-D", fresh, "-U", USER, "-E", "UTF8", "--data-checksums", f"--pwfile={password}"]
        arguments += ["--auth-local=trust", "--auth-host=scram-sha-256", *(["--no-sync"] if self.unsafe else [])]
        for locale in ("C.UTF-8", "C"):  # not every system has the first
            if (done := self._run("initdb", *arguments, f"--locale={locale}")).returncode == 0:
                break
        else:
            self._fail("could not be made", done.stderr)
        with (fresh / "postgresql.conf").open("a") as settings:
            settings.write("include = 'lianqin.conf'\n")
        fresh.rename(self.files)

    def _start(self) -> None:
        port = PORT if fits(self.home) else _free_port()
        settings = self.files / "lianqin.conf"
        settings.write_text(configuration(self.home, port, unsafe=self.unsafe))
        self._hand_over(settings)
        self._forget_dead_server()
        done = self._run("pg_ctl", "start", "-w", "-t", START_TIMEOUT_S, "-D", self.files, "-l", self.home / "log")
        if done.returncode != 0:
            self._fail(
                "does not start", (self.home / "log").read_text() if (self.home / "log").exists() else done.stderr
            )

    def _fill(self) -> None:
        if not self._sql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"):  # noqa: S608  # a constant
            self._sql("postgres", f"CREATE DATABASE {DATABASE}")
        self._sql(DATABASE, *(f"CREATE EXTENSION IF NOT EXISTS {name}" for name in EXTENSIONS))

    def _sql(self, database: str, *statements: str) -> str:
        host, port = self._where() or self._fail("does not answer")
        given = [part for statement in statements for part in ("-c", statement)]
        done = self._run(
            "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", host, "-p", port, "-U", USER, "-d", database, *given
        )
        return done.stdout.strip() if done.returncode == 0 else self._fail("refuses", done.stderr)

    def _where(self) -> tuple[str, int] | None:
        """Host and port, as the server itself wrote them down at its start."""
        try:
            lines = (self.files / "postmaster.pid").read_text().splitlines()
            return lines[4].strip() or lines[5].strip(), int(lines[3])
        except (OSError, IndexError, ValueError):
            return None

    def _answers(self, host: str, port: int) -> bool:
        return (
            self._run("pg_isready", "-q", "-t", 3, "-h", host, "-p", port, "-U", USER, "-d", "postgres").returncode == 0
        )

    def _forget_dead_server(self) -> None:
        """Let a start go ahead when the last server died and its process number is taken, or is still a zombie's.

        Our own number in its place: the server never counts the caller of pg_ctl as a rival, and still refuses when
        children of the dead one hold the shared memory that the file names.
        """
        for mark in (self.files / "postmaster.pid", self.home / f".s.PGSQL.{PORT}.lock"):
            dead, *rest = mark.read_text().split("\n") if mark.exists() else [""]
            if dead and str(self.files) not in _command_of(dead):
                mark.write_text("\n".join([str(os.getpid()), *rest]))

    def _password(self) -> str:
        return (self.home / "password").read_text()

    def _programs(self) -> Path:
        kept = self.files / "PG_VERSION"
        version = kept.read_text().strip() if kept.exists() else None
        wanted = f"PostgreSQL {version}" if version else "PostgreSQL"
        return programs.find(version) or self._fail(f"needs {wanted} with PostGIS, which is not installed")

    def _run(self, program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs, as `postgres` when called by root: the server refuses root."""
        command = [str(self._programs() / program), *map(str, arguments)]
        surroundings = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        if program == "psql":
            surroundings |= {"PGPASSWORD": self._password(), "PGOPTIONS": "-c client_min_messages=warning"}
        return subprocess.run(
            command, cwd="/", env=surroundings, capture_output=True, text=True, check=False, **_owner()
        )

    def _hand_over(self, *paths: Path) -> None:
        if owner := _owner():
            for path in paths:
                os.chown(path, owner["user"], owner["group"])

    def _fail(self, what: str, said: str = "") -> NoReturn:
        reason = said.strip().splitlines()[-1:] or [f"see {self.home / 'log'}"]
        raise ClusterError(f"The private PostgreSQL in {self.home} {what}: {reason[0]}")


def _owner() -> dict[str, Any]:
    """Who runs the server: the caller, or `postgres` for root."""
    if os.geteuid() != 0:
        return {}
    try:
        postgres = pwd.getpwnam("postgres")
    except KeyError:
        raise ClusterError(
            "PostgreSQL does not run as root and there is no user postgres: run as another user."
        ) from None
    return {"user": postgres.pw_uid, "group": postgres.pw_gid, "extra_groups": []}


def _command_of(pid: str) -> str:
    """The command line of a process, empty when it has ended."""
    if Path("/proc/self").exists():
        told = Path("/proc", pid, "cmdline")
        return told.read_text() if told.exists() else ""
    return subprocess.run(["ps", "-o", "command=", "-p", pid], capture_output=True, text=True, check=False).stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
