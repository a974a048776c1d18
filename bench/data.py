"""The databases that are measured: one a size, made once on a durable private server, copied for every round."""

import hashlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from app import migrating
from app.cluster import Cluster, ClusterError, data_dir
from app.cluster.programs import find

HERE = Path(__file__).parent
SCRIPTS = ("district.sql", "incidents.sql")


@dataclass(frozen=True)
class Server:
    """The benchmark's own PostgreSQL, with the settings of a production one."""

    host: str
    port: str
    folder: Path

    @classmethod
    def up(cls) -> "Server":
        """Start it, making it first if need be."""
        folder = data_dir(HERE.parent) / "bench"
        folder.mkdir(parents=True, exist_ok=True)
        at = parse_qs(urlsplit(Cluster(folder).up()).query)
        return cls(at["host"][0], at["port"][0], folder)

    def url(self, name: str) -> str:
        """The address of a database as the application takes it."""
        return f"postgresql+asyncpg://app@/{name}?host={self.host}&port={self.port}"

    def program(self, name: str, database: str, *arguments: str, options: str = "") -> str:
        """What a client program of PostgreSQL prints about one of the databases."""
        command = [str((find() or Path()) / name), "-h", self.host, "-p", self.port, "-U", "app", *arguments, database]
        told = os.environ | {"PGOPTIONS": options}
        done = subprocess.run(command, env=told, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ClusterError(f"{name}: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def postmaster(self) -> int:
        """The process above all of its processes."""
        return int((self.folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0])

    def sql(self, database: str, statement: str) -> str:
        """The answer to a statement."""
        return self.program("psql", database, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement).strip()

    def made(self, size: int) -> str:
        """The name of the database with so many incidents, made if it is missing or of another shape."""
        name, shape = f"bench_{size}", _shape()
        found = "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
        if self.sql("postgres", f"{found} WHERE datname = '{name}'") == shape:
            return name
        self.sql("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        building = f"{name}_new"
        self.sql("postgres", f"DROP DATABASE IF EXISTS {building} WITH (FORCE)")
        self.sql("postgres", f"CREATE DATABASE {building}")
        migrating.migrate(self.url(building))
        for script in SCRIPTS:
            self.program(
                "psql", building, "-Xq", "-v", "ON_ERROR_STOP=1", "-v", f"count={size}", "-f", str(HERE / script)
            )
        self.sql("postgres", f"COMMENT ON DATABASE {building} IS '{shape}'")
        self.sql("postgres", f"ALTER DATABASE {building} RENAME TO {name}")
        return name

    def copied(self, size: int) -> str:
        """The name of a fresh copy of the database with so many incidents, settled."""
        name = f"run_{size}"
        self.sql("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.sql("postgres", f"CREATE DATABASE {name} TEMPLATE bench_{size} STRATEGY file_copy")
        self.sql(name, "UPDATE latest_position SET observed_at = now()")
        self.sql(name, "CHECKPOINT")
        return name

    def layered(self, size: int) -> str:
        """The same with what layers show beside incidents."""
        name = self.copied(size)
        self.program("psql", name, "-Xq", "-v", "ON_ERROR_STOP=1", "-f", str(HERE / "layers.sql"))
        self.sql(name, "CHECKPOINT")
        return name


def _shape() -> str:
    """What the data was made by: the migrations and the scripts."""
    made_by = [
        *sorted((migrating.ROOT / "migrations" / "versions").glob("*.py")),
        *(HERE / script for script in SCRIPTS),
    ]
    return hashlib.sha256(b"".join(file.read_bytes() for file in made_by)).hexdigest()
