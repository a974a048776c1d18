"""What leaves about a check of routing rules."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.policy.check.workflow import Severity, Why


class FindingOut(BaseModel):
    """One thing that is wrong with one rule; `what` is the codes it is about."""

    model_config = ConfigDict(from_attributes=True)

    rule: Annotated[str, Field(examples=["gas"])]
    why: Why
    severity: Severity
    what: Annotated[list[str], Field(examples=[["fire_rescue"]])]
    detail: Annotated[str, Field(examples=["No department fire_rescue can be called from this centre."])]


class RulesReport(BaseModel):
    """What is wrong with a set of rules now. With an error it is not published; warnings are accepted by publishing."""

    errors: int
    warnings: int
    findings: Annotated[list[FindingOut], Field(examples=[[]])]


def report_of(findings: list[FindingOut]) -> RulesReport:
    """Findings, counted."""
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    return RulesReport(errors=errors, warnings=len(findings) - errors, findings=findings)
