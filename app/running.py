"""What `make run` does: database, migrations, demo district, API and worker up together, and down together."""

import fcntl
import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import NoReturn, Self, get_args
from urllib.error import URLError
from urllib.request import urlopen

from app import migrating
from app.cluster import data_dir, obtain
from app.core.settings import Adapter, Settings, load_settings

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
READY_TIMEOUT_S = 60
STOP_TIMEOUT_S = 25
POLL_S = 0.2
CURL = """\
TOKEN=$(curl -s ADDRESS/v1/auth/token -d username=street1.acceptor --data-urlencode PASSWORD | \
sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
curl -s "ADDRESS/v1/locate?lon=118.6266&lat=32.0588" -H "Authorization: Bearer $TOKEN"
curl -s ADDRESS/v1/incidents -H "Authorization: Bearer $TOKEN" -H "Idempotency-Key: $(date +%s)-$RANDOM" \
-H 'Content-Type: application/json' -d '{"category_code": "E0406", "description": "流动摊贩占道经营", \
"location": {"type": "Point", "coordinates": [118.625, 32.055]}, "source": "patrol"}'
"""


def run(checkout: Path) -> None:
    """Start everything and stay until a signal comes or one of the processes ends."""
    for number in SIGNALS:
        signal.signal(number, _leave)
    home = data_dir(checkout)
    home.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        _demand_alone(home, stack)
        _name_database(home, checkout, stack)
        settings = _settings(home)
        _demand_port(settings)
        migrating.migrate(settings.database_url)
        welcome = _demo(settings, home)
        processes = [stack.enter_context(_Process(name)) for name in _names(settings)]
        _await_ready(settings, processes)
        _say(welcome)
        while True:
            _demand_alive(processes)
            time.sleep(POLL_S)


def _names(settings: Settings) -> list[str]:
    """The commands that run; the one for vehicle terminals only where it is wanted."""
    return ["serve", "worker", *([] if settings.jt808_port is None else ["terminals"])]


class _Process:
    """One of our own commands, in a process of its own that a Ctrl-C in the terminal reaches only through us."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> Self:
        self.running = subprocess.Popen([sys.executable, "-m", "app.cli", self.name], start_new_session=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.running.terminate()
        try:
            self.running.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            _say(f"{self.name} did not stop in {STOP_TIMEOUT_S} s: killed")
            self.running.kill()


def _leave(*_: int | FrameType | None) -> NoReturn:
    """Unwind what was started; a second signal does not interrupt that."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    _say("\nStopping")
    raise SystemExit(0)


def _demand_alone(home: Path, stack: ExitStack) -> None:
    """Two runs on one data folder would stop each other's database."""
    lock = stack.enter_context((home / "run.lock").open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise SystemExit(f"lianqin: already running on {home}; another needs its own LIANQIN_DATA_DIR.") from None


def _name_database(home: Path, checkout: Path, stack: ExitStack) -> None:
    """Tell everything that follows where the database is; a server that we start, we stop."""
    if os.environ.get("DATABASE_URL") or os.environ.get("LIANQIN_DATABASE_URL"):
        return
    server = obtain(home, checkout)
    if server.url() is None:
        _say(f"Starting PostgreSQL, data in {home}")
        stack.callback(server.down)
    os.environ["DATABASE_URL"] = server.up()


def _settings(home: Path) -> Settings:
    """The settings of both processes, with a signing secret of this installation's own."""
    os.environ["LIANQIN_DATA_DIR"] = str(home)
    os.environ.setdefault("LIANQIN_LOG_FORMAT", "console")
    os.environ.setdefault("LIANQIN_INGEST", ",".join(get_args(Adapter)))
    if "LIANQIN_SECRET" not in os.environ:
        os.environ["LIANQIN_SECRET"] = _kept(home / "secret") or _keep(home / "secret", secrets.token_urlsafe(48))
    return load_settings()


def _demand_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as refused:
            raise SystemExit(
                f"lianqin: port {settings.port} cannot be had ({refused.strerror}): choose another, PORT=8001 make run"
            ) from None


def _demo(settings: Settings, home: Path) -> str:
    """Make the demo district unless it is there; what a newcomer is told once everything is up."""
    from seed import demo_password, sow, usernames  # noqa: PLC0415  # the demo's data is read only where it is wanted

    made = sow(settings)
    address, password = f"http://{settings.host}:{settings.port}", demo_password(settings)
    told = f"""
Lianqin answers at {address} (documentation at {address}/docs); Ctrl-C stops everything.
The demo district was {"made" if made else "there and kept as it is"}; the data is in {home}.
Demo accounts, all with the password {password}
  {", ".join(usernames())}

"""
    return told + CURL.replace("ADDRESS", address).replace("PASSWORD", shlex.quote(f"password={password}"))


def _kept(file: Path) -> str | None:
    return file.read_text() if file.exists() else None


def _keep(file: Path, text: str) -> str:
    file.touch(mode=0o600)
    file.write_text(text)
    return text


def _await_ready(settings: Settings, processes: list[_Process]) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline:
        _demand_alive(processes)
        try:
            with urlopen(f"http://{settings.host}:{settings.port}/readyz", timeout=2):
                return
        except (URLError, TimeoutError, ConnectionError):
            time.sleep(POLL_S)
    raise SystemExit(f"lianqin: the API was not ready after {READY_TIMEOUT_S} s")


def _demand_alive(processes: list[_Process]) -> None:
    for process in processes:
        if (code := process.running.poll()) is not None:
            raise SystemExit(f"lianqin: {process.name} ended by itself (code {code}), so everything stops")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
