"""What this system must never hold: private persons, their vehicles or faces, watch-lists, scores of persons.

Place and time only. Who works here is known by account and officer; who reports may leave a contact, which is read for
a purpose. Nobody else is stored, and nobody is scored.
"""

import re

import pytest
from sqlalchemy import Column, MetaData, Table, Text

import app.models as product

FORBIDDEN = re.compile(
    r"(^|_)(person|persons|citizen|citizens|resident|residents|suspect|suspects|offender|offenders|face|faces|biometric"
    r"|fingerprint|gait|plate|plates|licence_plate|license_plate|number_plate|vin|id_card|identity_card|id_number|passport"
    r"|ethnicity|religion|political|watchlist|watch_list|blacklist|black_list|risk|suspicion|imei|imsi|mac_address)(_|$)"
)
SCORE = re.compile(r"(^|_)(score|rank|ranking|rating|points)(_|$)")
OF_PERSONS = re.compile(r"^(account|officer|crew_member|reporter|volunteer)")
PERSONAL = re.compile(r"(^|_)(phone|mobile|email|address|birthday|birth_date|gender|sex|real_name|full_name)(_|$)")
MAY_BE_REACHED = frozenset({"reporter.phone", "reporter.email"})
"""Who reports may leave a number or an e-mail address (ADR 29); see ADR 12 before anything is added here."""
ALLOWED = frozenset({"stored_answer.fingerprint"})
"""The hash of a request, not of a hand."""


def offences(metadata: MetaData) -> list[str]:
    """Tables and columns that name what must not be stored."""
    found = [table.name for table in metadata.tables.values() if FORBIDDEN.search(table.name)]
    for table in metadata.tables.values():
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            scored = OF_PERSONS.search(table.name) and SCORE.search(column.name)
            reached = PERSONAL.search(column.name) and name not in MAY_BE_REACHED
            if name not in ALLOWED and (FORBIDDEN.search(column.name) or scored or reached):
                found.append(name)
    return found


def test_no_table_or_column_is_for_a_private_person_a_plate_a_face_a_list_or_a_score() -> None:
    assert offences(product.metadata) == []


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("person", "id"),
        ("incident", "plate"),
        ("evidence", "face_embedding"),
        ("watch_list", "id"),
        ("officer", "score"),
        ("crew_member", "risk"),
        ("incident", "id_card"),
        ("incident", "offender_name"),
        ("whistle", "phone"),
        ("patrol_suspects", "id"),
    ],
)
def test_the_guardrail_sees_what_it_is_for(table: str, column: str) -> None:
    planted = MetaData()
    Table(table, planted, Column(column, Text))
    assert offences(planted)


def test_a_position_names_no_officer() -> None:
    for table in ("position", "latest_position", "track_reading"):
        assert not {"officer_id", "crew", "officer"} & set(product.metadata.tables[table].columns.keys())
