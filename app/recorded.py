"""The commands about recordings: a jurisdiction or a fleet made out of one, and one sent through the API again."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from app.cluster import ClusterError

Recorded = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A .parquet, .csv or .jsonl file, or .gz.")]
MappingFile = Annotated[Path, typer.Option("--map", exists=True, dir_okay=False, help="Says what its columns are.")]
LastOn = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="What the last recorded day becomes; default yesterday.")
]
REPLAY_PASSWORD = "LIANQIN_REPLAY_PASSWORD"  # noqa: S105  # the name of a variable


def jurisdiction(
    file: Recorded,
    *,
    mapping: MappingFile,
    password: Annotated[str | None, typer.Option(envvar=REPLAY_PASSWORD, help="Of its accounts; else made up.")] = None,
) -> None:
    """Make a jurisdiction out of recorded points: areas, a generated grid, centres, categories, accounts."""
    import asyncio
    import secrets

    from app.core.problems import Problem
    from app.core.settings import load_settings
    from app.replay.mapping import Mapping, Unreadable
    from seed.jurisdiction import make

    password = password or secrets.token_urlsafe(12)
    try:
        made = asyncio.run(make(load_settings(), file, Mapping.read(mapping), password))
    except (Problem, Unreadable) as refused:
        raise ClusterError(str(refused)) from None
    if made is None:
        typer.echo("The jurisdiction is there already: kept as it is.")
        return
    typer.echo(f"{made.areas} areas, {made.cells} cells, {made.centres} centres, {made.categories} categories.")
    typer.echo(f"All accounts have the password {password}: {', '.join(made.accounts)}")


def fleet(
    file: Recorded,
    *,
    mapping: MappingFile,
    last_on: LastOn = None,
    password: Annotated[str | None, typer.Option(envvar=REPLAY_PASSWORD, help="Of its accounts; else made up.")] = None,
) -> None:
    """Make a jurisdiction for a recorded fleet: a generated grid, a patrol a vehicle, and the duties they did."""
    import asyncio
    import secrets

    from app.core.problems import Problem
    from app.core.settings import load_settings
    from app.replay.fleet.mapping import FleetMapping
    from app.replay.mapping import Unreadable
    from seed.fleet import make

    password = password or secrets.token_urlsafe(12)
    try:
        made = asyncio.run(make(load_settings(), file, FleetMapping.read(mapping), password, _day(last_on)))
    except (Problem, Unreadable) as refused:
        raise ClusterError(str(refused)) from None
    if made is None:
        typer.echo("The jurisdiction is there already: kept as it is.")
        return
    typer.echo(f"{made.cells} cells, {made.patrols} patrols, {made.shifts} shifts.")
    typer.echo(f"All accounts have the password {password}: {', '.join(made.accounts)}")


def replay_fleet(  # noqa: PLR0913  # one parameter an option
    file: Recorded,
    *,
    mapping: MappingFile,
    last_on: LastOn = None,
    speed: Annotated[str, typer.Option(help="How many times as fast as it was; max for no waiting.")] = "max",
    url: Annotated[str, typer.Option(help="The service.")] = "http://127.0.0.1:8000",
    username: Annotated[str | None, typer.Option(help="Instead of the mapping's account.")] = None,
    password: Annotated[str, typer.Option(envvar=REPLAY_PASSWORD, help="Of the account.")] = "",
    api_key: Annotated[str | None, typer.Option(envvar="LIANQIN_API_KEY", help="Instead of a password.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="So many rows at most.")] = None,
    batch: Annotated[int, typer.Option(min=1, max=5000, help="Fixes in a request.")] = 1000,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Requests under way at a time.")] = 4,
    out: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the summary there too, as JSON.")] = None,
) -> None:
    """Send a recorded fleet's positions through the API, and account for every row."""
    import orjson

    from app.replay.fleet.mapping import FleetMapping
    from app.replay.fleet.service import Pace, run
    from app.replay.mapping import Unreadable
    from app.replay.service import Credentials, speed_of

    credentials = Credentials(password, username, api_key)
    try:
        pace = Pace(batch, concurrency, limit, speed_of(speed))
        tally = run(file, FleetMapping.read(mapping), url, credentials, pace, _day(last_on))
    except Unreadable as refused:
        raise ClusterError(str(refused)) from None
    typer.echo("\n".join(tally.lines()))
    if out is not None:
        out.write_bytes(orjson.dumps(tally.document(), option=orjson.OPT_INDENT_2))
    raise typer.Exit(0 if tally.is_good else 1)


def replay(  # noqa: PLR0913  # one parameter an option
    file: Recorded,
    *,
    mapping: MappingFile,
    speed: Annotated[str, typer.Option(help="How many times as fast as it was; max for no waiting.")] = "1",
    url: Annotated[str, typer.Option(help="The service.")] = "http://127.0.0.1:8000",
    username: Annotated[str | None, typer.Option(help="Does everything, instead of the mapping's accounts.")] = None,
    password: Annotated[str, typer.Option(envvar=REPLAY_PASSWORD, help="Of the accounts.")] = "",
    api_key: Annotated[str | None, typer.Option(envvar="LIANQIN_API_KEY", help="Instead of passwords.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="So many rows at most.")] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="Incidents under way at a time.")] = 8,
    out: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the summary there too, as JSON.")] = None,
) -> None:
    """Send a recorded stream of incidents through the API, and account for every row."""
    import orjson

    from app.replay.mapping import Mapping, Unreadable
    from app.replay.service import Credentials, Pace, run

    try:
        pace = Pace.named(speed, concurrency, limit)
        tally = run(file, Mapping.read(mapping), url, Credentials(password, username, api_key), pace)
    except Unreadable as refused:
        raise ClusterError(str(refused)) from None
    typer.echo("\n".join(tally.lines()))
    if out is not None:
        out.write_bytes(orjson.dumps(tally.document(), option=orjson.OPT_INDENT_2))
    raise typer.Exit(0 if tally.is_good else 1)


def _day(wanted: datetime | None) -> date:
    """A day that was given, else yesterday."""
    return wanted.date() if wanted else datetime.now().astimezone().date() - timedelta(days=1)
