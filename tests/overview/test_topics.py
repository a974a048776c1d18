"""Nothing is written to the log of which nobody has said what it does to a board."""

from app.overview.board.workflow import BESIDE, TOUCHES
from tests.overview.topics import BEGINNING, FAMILIES, constants

NO_TOPICS = {
    "account", "alembic", "app", "caller", "category", "compose", "data", "district", "evidence", "feed",
    "geoarrow", "grid_cell", "history", "lianqin", "notes", "notices", "organisation", "page", "pictures",
    "postgis", "postgres", "postgresql", "postmaster", "routing_set", "run", "standard",
    "supervision_order", "ticket", "type", "urban_management", "uvicorn", "webhook_message",
    "welfare_check", "whistle_score", "workflow",
}  # fmt: skip
"""Words before a dot that are tables, files, members of answers and examples."""


def test_every_noun_of_the_log_touches_something_or_is_beside_the_board_for_a_reason() -> None:
    nouns = {one.partition(".")[0] for one in constants()}
    assert nouns - TOUCHES.keys() - BESIDE.keys() == NO_TOPICS & nouns
    assert TOUCHES.keys() & BESIDE.keys() == set()


def test_no_row_is_of_a_noun_that_is_gone() -> None:
    nouns = {one.partition(".")[0] for one in constants()}
    assert {*TOUCHES, *BESIDE} - nouns == {"notice"}, "notices are written above"
    assert nouns >= NO_TOPICS


def test_every_family_of_topics_is_known() -> None:
    assert {found[1] for one in constants() if (found := BEGINNING.fullmatch(one))} == FAMILIES.keys()
