"""The check of a grid plan: every rule asked in turn, the answers gathered into one report."""

from typing import Any

from app.core.db import Session
from app.core.geo import Point
from app.grid.check import queries
from app.grid.check.schemas import CommunityCount, Finding, Report, Rule, Severity
from app.grid.models import GridPlan
from app.grid.queries import now


async def examine(session: Session, plan: GridPlan) -> Report:
    """Check a plan against the rules and the area tree of this moment, and keep the report with the plan."""
    await queries.settle_communities(session, plan)
    unsound = await queries.unsound(session, plan.id)
    found = {rule: await queries.findings(session, rule, plan, unsound) for rule in Rule}
    listed = [_finding(rule, row) for rule, rows in found.items() for row in rows[: queries.MAX_FINDINGS]]
    errors = sum(finding.severity is Severity.ERROR for finding in listed)
    communities = [CommunityCount.model_validate(row) for row in await queries.communities(session, plan.id)]
    report = Report(
        checked_at=await now(session),
        cells=sum(community.cells for community in communities),
        errors=errors,
        warnings=len(listed) - errors,
        counts={rule: min(len(rows), queries.MAX_FINDINGS) for rule, rows in found.items() if rows},
        truncated=[rule for rule, rows in found.items() if len(rows) > queries.MAX_FINDINGS],
        findings=listed,
        communities=communities,
    )
    plan.report = report.model_dump(mode="json")
    return report


def _finding(rule: Rule, row: Any) -> Finding:
    return Finding(
        rule=rule,
        severity=row.severity,
        cells=row.cells,
        community=row.community,
        area_m2=None if row.area_m2 is None else round(row.area_m2, 2),
        location=None if row.lon is None else Point(coordinates=(row.lon, row.lat)),
        detail=row.detail,
    )
