"""How a machine without PostgreSQL comes by one: Debian's packages as root, a Docker engine, or one line of advice."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from app.cluster import programs
from app.cluster.programs import ClusterError
from app.cluster.server import Cluster, alone

ADVICE = (
    "No PostgreSQL with PostGIS here: set DATABASE_URL, or start Docker, or install it "
    "(Debian, Ubuntu: apt-get install postgresql-15-postgis-3, or the version yours has; "
    "macOS: brew install postgresql@17 postgis, or Postgres.app)."
)
COMPOSE_URL = "postgresql+asyncpg://lianqin:{password}@127.0.0.1:{port}/lianqin"
INSTALLING = Path("/run/lianqin-install.lock")
NO_SYSTEM_CLUSTER = Path("/etc/postgresql-common/createcluster.d/lianqin.conf")


@dataclass(frozen=True)
class Compose:
    """The database service of `compose.yaml`, for a machine that has a Docker engine and no PostgreSQL."""

    checkout: Path

    def url(self) -> str | None:
        """The address of the database, or nothing while the service is down."""
        return self._address() if self._run("ps", "--services", "--status=running").strip() else None

    def up(self) -> str:
        """Start the service and wait until it is healthy."""
        self._run("up", "--detach", "--wait", "database")
        return self._address()

    def down(self) -> bool:
        """Stop the service; its volume stays."""
        self._run("stop", "database")
        return True

    def reset(self) -> None:
        """Throw the service and its volume away."""
        self._run("down", "--volumes")

    def _address(self) -> str:
        password = os.environ.get("LIANQIN_DATABASE_PASSWORD", "lianqin")
        return COMPOSE_URL.format(password=password, port=os.environ.get("LIANQIN_DATABASE_PORT", "54329"))

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            ["docker", "compose", *arguments], cwd=self.checkout, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise ClusterError(f"docker compose {arguments[0]}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
        return done.stdout


def obtain(data_dir: Path, checkout: Path, *, unsafe: bool = False) -> Cluster | Compose:
    """The database server for this machine; installs PostgreSQL first where that is possible without asking."""
    if programs.find() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        with alone(INSTALLING):
            programs.find.cache_clear()
            if programs.find() is None:  # another process may have installed it meanwhile
                install()
        programs.find.cache_clear()
    if programs.find():
        return Cluster(data_dir, unsafe=unsafe)
    if (checkout / "compose.yaml").exists() and _docker_runs():
        return Compose(checkout)
    raise ClusterError(ADVICE)


def newest_package(names: str) -> str | None:
    """The PostGIS package for the newest PostgreSQL among the lines of `apt-cache search`."""
    found = re.findall(r"^(postgresql-(\d+)-postgis-3)\b(?!-)", names, re.MULTILINE)
    return max(found, key=lambda one: int(one[1]))[0] if found else None


def install() -> None:
    """Install PostGIS from the system's own sources; the private server stays the only one it starts."""
    _apt("apt-get", "update", "-qq")
    package = newest_package(_apt("apt-cache", "search", "--names-only", "^postgresql-[0-9]+-postgis-3$"))
    if package is None:
        raise ClusterError(ADVICE)
    sys.stderr.write(f"Installing {package} with apt-get (once, about 150 MB to fetch)\n")
    keep_out = not NO_SYSTEM_CLUSTER.parent.parent.exists()
    if keep_out:  # else Debian makes and starts a server of its own with the package
        NO_SYSTEM_CLUSTER.parent.mkdir(parents=True)
        NO_SYSTEM_CLUSTER.write_text("create_main_cluster = false\n")
    try:
        _apt("apt-get", "install", "-y", "-qq", "--no-install-recommends", package)
    finally:
        if keep_out:  # what an administrator installs later is theirs to decide
            NO_SYSTEM_CLUSTER.unlink()


def _apt(*command: str) -> str:
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ClusterError(
            f"{' '.join(command[:2])} failed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}"
        )
    return done.stdout


def _docker_runs() -> bool:
    if not shutil.which("docker"):
        return False
    asked = (["docker", "info"], ["docker", "compose", "version"])
    return all(subprocess.run(command, capture_output=True, check=False).returncode == 0 for command in asked)
