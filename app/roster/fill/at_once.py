"""Filling a roster from the command line: the same fill, worked on here and now, applied if wanted."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import fmean

from tqdm import tqdm

from app.core import logs
from app.core.db import Database, Session
from app.core.once import ANY_VERSION
from app.core.problems import NotFound, Unprocessable
from app.core.settings import Settings
from app.identity.queries import now as instant
from app.identity.service import ensure_system_account
from app.identity.workflow import Actor, Grant, Role
from app.roster.fill import queries, service
from app.roster.fill.models import RosterFill
from app.roster.fill.problem import Progress
from app.roster.fill.schemas import FillIn, FillOut, ProposalOut
from app.roster.fill.working import Say, begin, carry_out
from app.roster.models import Roster


def fill(settings: Settings, name: str, seconds: int, *, apply: bool, anew: bool) -> bool:
    """Fill the draft with this id or title, and say so on the terminal; whether there is a proposal.

    Raises:
        Problem: there is no such draft, it cannot be filled now, or the proposal cannot be applied.
    """
    logs.configure("WARNING", settings.log_format)
    body = FillIn(seconds=seconds, keep_seats=not anew)
    with _progress_line() as say:
        done = asyncio.run(fill_now(settings, name, body, apply=apply, say=say))
    sys.stdout.writelines(f"{line}\n" for line in report(done))
    return done.proposal is not None


async def fill_now(settings: Settings, name: str, body: FillIn, *, apply: bool, say: Say) -> FillOut:
    """Fill the draft with this id or title as the system, and seat the proposal if that is wanted.

    Raises:
        NotFound, Unprocessable: there is no such draft, or there are several.
        Problem: it cannot be filled now, or the proposal cannot be applied.
    """
    database = Database(settings)
    try:
        async with database.write() as session:
            draft = await _draft(session, name)
            by = await _system(session, draft)
            begun = await _begun(session, by, draft, body)
        await carry_out(database, begun, asyncio.Event(), say)
        async with database.write() as session:
            done = await service.fill(session, by, begun.id)
            return await service.apply(session, by, begun.id, ANY_VERSION) if apply and done.proposal else done
    finally:
        await database.engine.dispose()


async def _draft(session: Session, name: str) -> Roster:
    found = await queries.drafts_named(session, name)
    if not found:
        raise NotFound(f"There is no draft with the id or title {name}.")
    if len(found) > 1:
        raise Unprocessable(f"Several drafts are called {name}: {', '.join(str(one.id) for one in found)}.")
    return found[0]


async def _system(session: Session, draft: Roster) -> Actor:
    """The system, granted at the draft's centre alone."""
    account = await ensure_system_account(session)
    grant = Grant(Role.SYSTEM, draft.centre_id, is_centre=True, reach=frozenset({draft.centre_id}))
    return Actor.of(account.id, account.username, (grant,))


async def _begun(session: Session, by: Actor, draft: Roster, body: FillIn) -> RosterFill:
    """A fill that no worker takes up: it is worked on from the start."""
    asked = await service.ask(session, by, draft.id, body)
    begun = await queries.fill(session, by, asked.id, is_held=True)
    assert begun is not None, "it was made a moment ago"  # noqa: S101  # a programming error
    begin(begun, await instant(session))
    return begun


@contextmanager
def _progress_line() -> Iterator[Say]:
    """A line on the terminal that says how far the search is."""
    with tqdm(bar_format="{desc}", file=sys.stderr) as line:

        def say(progress: Progress) -> None:
            line.set_description_str(
                f"{progress.elapsed_s:5.1f} s  {progress.stage}: {progress.missing} seats empty"
                + ("" if progress.unfair is None else f", {progress.unfair} steps unfair")
                + ("" if progress.granted is None else f", {progress.granted:.0%} of wishes granted")
                + ("" if progress.gap is None else f", gap {progress.gap:.2%}")
            )

        yield say


def wished(proposal: ProposalOut) -> Iterator[str]:
    """What share of their wishes is granted, where anybody has any that count."""
    shares = [one.share for one in proposal.wishes if one.share is not None]
    if shares:
        yield f"wishes: {fmean(shares):.0%} granted to {len(shares)} officers on average, {min(shares):.0%} at least"


def report(done: FillOut) -> Iterator[str]:
    """What was found, for a terminal: what cannot be met first, then how fair it is."""
    if done.proposal is None:
        yield f"{done.state}: {done.failure or 'no proposal'}"
        return
    for short in done.proposal.shortages:
        why = ", ".join(f"{number} {reason}" for reason, number in short.why.items()) or "nobody"
        at, what = f"{short.starts_at:%Y-%m-%d %H:%M}Z", f"{short.missing} {short.code or short.want}"
        yield f"{short.patrol} {at} lacks {what}: {why}"
    for name, spread in done.proposal.spreads.items():
        yield f"{name}: {spread.before:g} apart before, {spread.after:g} with it"
    if done.proposal.leave_refused:
        yield f"{done.proposal.leave_refused} seats in leave that was asked for"
    yield from wished(done.proposal)
    taken = "seated" if done.applied_at else "proposed, not seated (--apply seats them)"
    yield f"{len(done.proposal.seats)} seats {taken}; fill {done.id}"
