"""What is said about a roster's unmet rules."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.roster.check.facts import Severity

EXAMPLE: dict[str, Any] = {
    "rule": "rest_short",
    "severity": "hard",
    "zh": "2026-11-24 0012：班次间休息8.0小时，少于11.0小时",
    "en": "2026-11-24 0012 rests 8.0 h between shifts, less than 11.0 h",
    "shift_id": "01a2080d-0000-7000-8000-000000000001",
    "other_shift_id": "01a2080d-0000-7000-8000-000000000002",
    "officer": "0012",
    "department": None,
    "skill": None,
    "on": "2026-11-24",
    "band": None,
    "cells": [],
    "amount": 3.0,
}


class UnmetOut(BaseModel):
    """One rule unmet at one place: which shift, officer, department, skill, day, band of the day or cells.

    `amount` says by how much: people, hours, cells or nights.
    """

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"example": EXAMPLE})

    rule: str
    severity: Severity
    zh: str
    en: str
    shift_id: UUID | None = None
    other_shift_id: UUID | None = None
    officer: str | None = None
    department: str | None = None
    skill: str | None = None
    on: date | None = None
    band: str | None = None
    cells: list[str]
    amount: float


class CheckOut(BaseModel):
    """Every rule a roster does not keep to; it can be published when none of them is hard."""

    is_publishable: bool
    hard: Annotated[int, Field(examples=[1])]
    soft: Annotated[int, Field(examples=[0])]
    unmet: list[UnmetOut]
