"""The commands of `lianqin`: a table of contents; each calls the code that does the work."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cluster import Cluster, ClusterError, data_dir, obtain

if TYPE_CHECKING:
    from app.cluster.provision import Compose

CHECKOUT = Path(__file__).parents[1]

cli = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
db = typer.Typer(help="The database: the private one at hand, and the shape of any.", no_args_is_help=True)
cli.add_typer(db, name="db")

Port = Annotated[int | None, typer.Option(help="Instead of PORT.")]
Host = Annotated[str | None, typer.Option(help="Instead of LIANQIN_HOST; 0.0.0.0 to be reached from other machines.")]
Processes = Annotated[int, typer.Option(min=1, help="How many processes share the port.")]


@cli.command()
def run() -> None:
    """Start everything, with the demo district, and stop it all on Ctrl-C."""
    from app import running

    running.run(CHECKOUT)


@cli.command()
def serve(host: Host = None, port: Port = None, processes: Processes = 1) -> None:
    """Answer requests."""
    import uvicorn

    from app.core.settings import load_settings

    settings = load_settings()
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        workers=processes,
        host=host or settings.host,
        port=port or settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=20,
    )


@cli.command()
def worker() -> None:
    """Act on due clocks and recorded events."""
    from app import worker as process
    from app.core.settings import load_settings

    process.run(load_settings())


@cli.command()
def seed() -> None:
    """Make the demo district, unless it is there."""
    from app.core.settings import load_settings
    from seed import sow

    made = sow(load_settings())
    typer.echo("Demo district made." if made else "Demo district kept as it is.")


@db.command()
def up() -> None:
    """Start the private database, making it first if need be, and print its address."""
    typer.echo(_private().up())


@db.command()
def down() -> None:
    """Stop the private database; its data stays."""
    typer.echo("Stopped." if _private().down() else "Was not running.")


@db.command()
def url() -> None:
    """Print the address of the private database."""
    address = _private().url()
    if address is None:
        raise ClusterError("The private database is down: lianqin db up starts it.")
    typer.echo(address)


@db.command()
def reset(*, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Throw the private database away, with all its data."""
    if yes or typer.confirm(f"Delete all data in {data_dir(CHECKOUT)}?", abort=True):
        _private().reset()


@db.command()
def migrate() -> None:
    """Bring the database to the shape this version wants."""
    from app import migrating

    migrating.migrate(_address())


@db.command()
def check() -> None:
    """Fail when the models say something that no migration says."""
    from alembic.util import CommandError

    from app import migrating

    try:
        migrating.compare(_address())
    except CommandError as different:
        raise SystemExit(f"lianqin: {different}") from None


def _private() -> "Cluster | Compose":
    return obtain(data_dir(CHECKOUT), CHECKOUT)


def _address() -> str:
    """The database named by DATABASE_URL, else the private one."""
    import os

    return os.environ.get("LIANQIN_DATABASE_URL") or os.environ.get("DATABASE_URL") or _private().up()


def main() -> None:
    """Run one command; what cannot be helped ends in one line."""
    try:
        cli()
    except ClusterError as refused:
        raise SystemExit(f"lianqin: {refused}") from None


if __name__ == "__main__":
    main()
