"""The commands about files of features: a layer written into one, a grid plan or a layer brought in from one."""

from pathlib import Path
from typing import Annotated

import typer

from app import working
from app.cluster import ClusterError

FeatureFile = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, help="GeoJSON (or .gz), CSV, GeoPackage, FlatGeobuf, GeoParquet."),
]
Account = Annotated[str, typer.Option(help="By whose sight and rights: the name of an account.")]
DatumOption = Annotated[str | None, typer.Option(help="wgs84 or gcj02; needed unless the file or --crs says.")]
CrsOption = Annotated[str | None, typer.Option(help="Instead of what the file says, such as EPSG:4549.")]


def grid(  # noqa: PLR0913  # one parameter an option
    file: FeatureFile,
    *,
    area: Annotated[str, typer.Option(help="The code of the area that the cells divide.")],
    scheme: Annotated[str, typer.Option(help="How cells are named: unit-15 or free.")],
    datum: DatumOption = None,
    crs: CrsOption = None,
    name: Annotated[str | None, typer.Option(help="Of the plan; else the file's.")] = None,
    source: Annotated[str | None, typer.Option(help="Where the cells come from; else the file's name.")] = None,
    code_property: str = "code",
    community_property: str | None = None,
    kind_property: str = "kind",
    publish: Annotated[bool, typer.Option("--publish", help="Put it in force now, if it has no errors.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; keep nothing.")] = False,
) -> None:
    """Import features as a grid plan: drafted, checked, and published if wanted."""
    import asyncio
    import functools

    from app.core.problems import Problem
    from app.grid.plan import service

    about = {"area": area, "scheme": scheme, "name": name or file.name, "source": source or file.name}
    named = {"code_property": code_property, "community_property": community_property, "kind_property": kind_property}
    try:
        body = service.plan_of_file(file, datum, crs, **about, **named)
        typer.echo(f"{file.name}: {len(body.features)} cells, read as {service.read_as(body)}.")
        work = functools.partial(service.import_grid, body=body, publish=publish, dry_run=dry_run)
        done = asyncio.run(working.in_session(work))
    except Problem as refused:
        raise ClusterError(str(refused)) from None
    typer.echo("\n".join(done.told()))
    raise typer.Exit(0 if done.report.is_publishable else 1)


def layer(  # one parameter an option
    what: Annotated[str, typer.Argument(help="areas, beats or checkpoints.")],
    file: FeatureFile,
    *,
    account: Account,
    datum: DatumOption = None,
    crs: CrsOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would come of it.")] = False,
) -> None:
    """Bring in areas, beats or checkpoints: what is new is made, what differs is changed, all or nothing."""
    import asyncio

    from app.core.problems import Problem
    from app.core.settings import load_settings
    from app.exchange.layerfile.at_once import bring_file

    try:
        done = asyncio.run(bring_file(load_settings(), account, what, file, (datum, crs), dry_run=dry_run))
    except Problem as refused:
        raise ClusterError(str(refused)) from None
    for row in done.rows:
        typer.echo(row.told())
    typer.echo(f"{file.name}, {done.told()}")
    raise typer.Exit(0 if done.is_good else 1)


def export(  # noqa: PLR0913  # one parameter an option
    collection: Annotated[str, typer.Argument(help="A layer, such as incidents.")],
    *,
    account: Account,
    out: Annotated[Path, typer.Option(dir_okay=False, help="The file; one that is there is replaced.")],
    form: Annotated[
        str, typer.Option("--as", help="csv, geojson, geojson-seq, gpkg, fgb, parquet; else by the file's name.")
    ] = "",
    filter: Annotated[str | None, typer.Option(help="Only what this CQL2 is true of.")] = None,  # noqa: A002  # as it is asked over HTTP
    bbox: Annotated[str | None, typer.Option(help="Only what meets west,south,east,north.")] = None,
    datetime: Annotated[str | None, typer.Option(help="An instant, or begin/until.")] = None,
    properties: Annotated[str | None, typer.Option(help="Only these, with commas.")] = None,
    sortby: Annotated[str | None, typer.Option(help="Such as -reported_at,number.")] = None,
    crs: Annotated[str | None, typer.Option(help="CRS84 or a code, such as EPSG:4549.")] = None,
) -> None:
    """Write a layer into a file, as an account sees it; that it was written stands in the log."""
    import asyncio

    from app.core.problems import Problem
    from app.core.settings import load_settings
    from app.layer.export.at_once import export_to

    asked = {"filter": filter, "bbox": bbox, "datetime": datetime, "properties": properties, "sortby": sortby}
    try:
        features = asyncio.run(export_to(load_settings(), account, collection, (form, out), asked | {"crs": crs}))
    except Problem as refused:
        raise ClusterError(str(refused)) from None
    typer.echo(f"{out}: {features} features.")
