"""The commands of `lianqin`: a table of contents; each calls the code that does the work."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import files, recorded, working
from app.cluster import Cluster, ClusterError, data_dir, obtain

if TYPE_CHECKING:
    from app.cluster.provision import Compose

CHECKOUT = Path(__file__).parents[1]

cli = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
db = typer.Typer(help="The database: the private one at hand, and the shape of any.", no_args_is_help=True)
cli.add_typer(db, name="db")
rosters = typer.Typer(help="Rosters of joint patrols.", no_args_is_help=True)
cli.add_typer(rosters, name="roster")
notices = typer.Typer(help="Notices on their way to people.", no_args_is_help=True)
cli.add_typer(notices, name="notices")
evidence = typer.Typer(help="The bytes of pictures.", no_args_is_help=True)
cli.add_typer(evidence, name="evidence")
importing = typer.Typer(help="Bring data in.", no_args_is_help=True)
cli.add_typer(importing, name="import")
importing.command()(recorded.jurisdiction)
importing.command()(recorded.fleet)
importing.command()(files.grid)
importing.command()(files.layer)
cli.command()(files.export)
cli.command()(recorded.replay)
cli.command()(recorded.replay_fleet)

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
    from app.core.serving import serve as answer
    from app.core.settings import load_settings

    settings = load_settings()
    answer("app.main:create_app", host or settings.host, port or settings.port, processes)


@cli.command()
def worker() -> None:
    """Act on due clocks and recorded events."""
    from app import worker as process
    from app.core.settings import load_settings

    process.run(load_settings())


@cli.command()
def terminals() -> None:
    """Listen for vehicle terminals (JT/T 808) at LIANQIN_JT808_PORT."""
    from app import terminals as process
    from app.core.settings import load_settings

    process.run(load_settings())


@cli.command()
def seed() -> None:
    """Make the demo district, unless it is there."""
    from app.core.settings import load_settings
    from seed import demo_password, sow, usernames

    settings = load_settings()
    typer.echo("Demo district made." if sow(settings) else "Demo district kept as it is.")
    typer.echo(f"All accounts have the password {demo_password(settings)}: {', '.join(usernames())}")


@cli.command()
def docs() -> None:
    """Print the documentation that is made from the program's tables."""
    from app.command.tables.service import page
    from app.notice.workflow import printed

    paper, told = CHECKOUT / "docs" / "workflow.md", CHECKOUT / "docs" / "notices.md"
    paper.parent.mkdir(exist_ok=True)
    paper.write_text(page())
    told.write_text(printed(told.read_text()))
    typer.echo(f"{paper.relative_to(CHECKOUT)} and {told.relative_to(CHECKOUT)} written.")


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


@rosters.command("fill")
def fill_roster(
    roster: Annotated[str, typer.Argument(help="The id or title of a draft.")],
    *,
    seconds: Annotated[int, typer.Option(min=1, max=60, help="Search so long at most.")] = 10,
    apply: Annotated[bool, typer.Option("--apply", help="Seat the proposal in the draft.")] = False,
    anew: Annotated[bool, typer.Option("--anew", help="Give seats already taken anew, too.")] = False,
) -> None:
    """Propose who sits where in a draft roster, say what cannot be met, and seat it if wanted."""
    import app.models  # noqa: F401  # foreign keys are named by string
    from app.core.problems import Problem
    from app.core.settings import load_settings
    from app.roster.fill import at_once

    try:
        is_found = at_once.fill(load_settings(), roster, seconds, apply=apply, anew=anew)
    except Problem as refused:
        raise ClusterError(str(refused)) from None
    raise typer.Exit(0 if is_found else 1)


@notices.command()
def dead() -> None:
    """Say which letters were given up, by channel and last error."""
    import asyncio

    from app.notice.delivery import service

    for row in asyncio.run(working.in_session(service.dead)):
        typer.echo(f"{row.channel}: {row.letters} since {row.since:%Y-%m-%d %H:%M} UTC, {row.last_error}")


@notices.command()
def replay(channel: Annotated[str, typer.Argument(help="The channel's name, such as inbox.")]) -> None:
    """Let a channel's dead letters be tried again from the start."""
    import asyncio

    from app.notice.delivery import service

    again = asyncio.run(working.in_session(functools.partial(service.replay, channel=channel)))
    typer.echo(f"{again} letters will be tried again.")


@evidence.command()
def move() -> None:
    """Copy every picture from the folder into the bucket of the settings, checked by its hash."""
    import asyncio

    from app.core.settings import load_settings
    from app.incident.custody import service
    from app.incident.evidence.choosing import folder_of, store_of

    if (settings := load_settings()).evidence_bucket is None:
        raise ClusterError("LIANQIN_EVIDENCE_BUCKET names no bucket.")
    work = functools.partial(service.move, source=folder_of(settings), target=store_of(settings))
    done = asyncio.run(working.on_database(work))
    typer.echo(f"{done.moved} pictures copied, {done.lost} not: lost, or not what they were.")
    raise typer.Exit(1 if done.lost else 0)


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
