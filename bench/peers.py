"""The servers of others that layers are measured beside with `PEERS=1`, each in a virtual environment of its own."""

import os
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

import orjson

from bench.data import Server

PORTS = {"tipg": 18787, "pygeoapi": 18788}
PACKAGES = {"tipg": ("tipg", "uvicorn"), "pygeoapi": ("pygeoapi", "psycopg2-binary", "geoalchemy2", "waitress")}
TABLES = {"grid_cell": "boundary", "incident": "location"}
TOLD = {"grid_cell": "code, kind, community_code, area_m2", "incident": "number, status, priority, source, reported_at"}
"""What pygeoapi shows of them, by a view: it cannot write out a second geometry, and cells are kept in several."""
FIRST_PAGE = {"tipg": "healthz", "pygeoapi": "conformance?f=json"}


@contextmanager
def peers(server: Server, name: str) -> Iterator[dict[str, str]]:
    """The addresses of those that can be had, on the same database; none unless they are wanted."""
    with ExitStack() as running:
        found = {}
        for peer in PORTS if os.environ.get("PEERS") else ():
            home = server.folder / "peers" / peer
            try:
                _installed(home, PACKAGES[peer])
                found[peer] = running.enter_context(_started(peer, home, server, name))
            except (subprocess.CalledProcessError, RuntimeError, OSError) as error:
                sys.stderr.write(f"{peer} is not there to be measured beside: {error}\n")
        yield found


def _installed(home: Path, packages: Sequence[str]) -> None:
    if (home / "installed").exists():
        return
    venv.create(home, with_pip=True)
    subprocess.run([home / "bin" / "pip", "install", "-q", *packages], check=True)
    (home / "installed").touch()


@contextmanager
def _started(peer: str, home: Path, server: Server, name: str) -> Iterator[str]:
    address = f"http://127.0.0.1:{PORTS[peer]}"
    command, told = (_tipg if peer == "tipg" else _pygeoapi)(home, server, name)
    with (home / "log.txt").open("w") as log:
        process = subprocess.Popen(command, env=os.environ | told, stdout=log, stderr=log)
        try:
            _await(f"{address}/{FIRST_PAGE[peer]}")
            yield address
        finally:
            process.kill()  # one of them waits for requests that nobody listens to any more
            process.wait()


def _tipg(home: Path, server: Server, name: str) -> tuple[list[Any], Mapping[str, str]]:
    """How it is started, and what it is told."""
    # the folder of the socket stands for the host: a `?host=` is not heeded where one is named
    told = {
        "DATABASE_URL": f"postgresql://app@{quote(str(server.host), safe='')}:{server.port}/{name}",
        "TIPG_DB_TABLES": orjson.dumps([f"public.{table}" for table in TABLES]).decode(),
        "TIPG_MAX_FEATURES_PER_TILE": "200000",
    }
    port = str(PORTS["tipg"])
    return [home / "bin" / "uvicorn", "tipg.main:app", "--port", port, "--log-level", "warning"], told


def _pygeoapi(home: Path, server: Server, name: str) -> tuple[list[Any], Mapping[str, str]]:
    """The same; its configuration and the document of its API are files."""
    for table, shape in TABLES.items():
        server.sql(name, f"CREATE OR REPLACE VIEW plain_{table} AS SELECT id, {TOLD[table]}, {shape} FROM {table}")
    config, document, port = home / "config.yml", home / "openapi.yml", str(PORTS["pygeoapi"])
    config.write_bytes(orjson.dumps(_config(server, name)))  # JSON is YAML
    told = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(document)}
    made: list[str | Path] = [home / "bin" / "pygeoapi", "openapi", "generate", config, "--output-file", document]
    subprocess.run(made, env=os.environ | told, check=True, capture_output=True)
    return [home / "bin" / "waitress-serve", "--port", port, "--threads", "4", "pygeoapi.flask_app:APP"], told


def _config(server: Server, name: str) -> dict[str, Any]:
    contact = {"name": "bench", "url": "http://localhost"}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": PORTS["pygeoapi"]},
            "url": f"http://127.0.0.1:{PORTS['pygeoapi']}",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "language": "en-US",
            "limits": {"default_items": 1000, "max_items": 10000},
            "limit": 1000,
            "map": {"url": "http://localhost/{z}/{x}/{y}.png", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": "bench",
                "description": "bench",
                "keywords": ["bench"],
                "keywords_type": "theme",
                "terms_of_service": "http://localhost",
                "url": "http://localhost",
            },
            "license": {"name": "none", "url": "http://localhost"},
            "provider": contact,
            "contact": contact,
        },
        "resources": {table: _resource(server, name, table, shape) for table, shape in TABLES.items()},
    }


def _resource(server: Server, name: str, table: str, shape: str) -> dict[str, Any]:
    data = {"host": server.host, "port": server.port, "dbname": name, "user": "app", "password": ""}
    provider = {
        "type": "feature",
        "name": "PostgreSQL",
        "data": data | {"search_path": ["public"]},
        "id_field": "id",
        "table": f"plain_{table}",
        "geom_field": shape,
    }
    return {
        "type": "collection",
        "title": table,
        "description": table,
        "keywords": [table],
        "links": [],
        "extents": {"spatial": {"bbox": [-180, -90, 180, 90]}},
        "providers": [provider],
    }


def _await(address: str) -> None:
    for _ in range(300):
        try:
            with urlopen(address, timeout=2):
                return
        except (URLError, TimeoutError, ConnectionError):
            time.sleep(0.2)
    raise RuntimeError(f"{address} did not answer.")
