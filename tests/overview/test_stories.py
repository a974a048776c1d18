"""For every fact of the log: a board kept by its stream is the board that is read anew, for everybody."""

import inspect
from collections.abc import Awaitable, Callable

import httpx
import pytest
from sqlalchemy import text

from app.core.db import Database
from tests import test_linkage_story, test_story
from tests.command import test_levels, test_requests, test_transitions
from tests.command.handover import test_handover
from tests.command.supervision import test_orders
from tests.command.timer import test_instants, test_ladders, test_summons
from tests.coverage import test_minimums
from tests.dispatch.crews import test_overdue
from tests.incident import test_notes
from tests.overview import duty, town_stories
from tests.overview.conftest import DUTY_WATCHERS, Site
from tests.overview.lived import TimeSeen, live
from tests.overview.topics import topics
from tests.supervision.score import test_scores

Story = Callable[..., Awaitable[None]]
STORIES: tuple[Story, ...] = (
    test_linkage_story.test_a_key_task_whistle_the_lead_is_named_declines_is_called_again_and_hands_the_lead_over,
    test_linkage_story.test_street_to_district_to_street_what_is_under_way_goes_on_and_both_see_it,
    test_instants.test_a_request_that_nobody_decides_expires,
    test_instants.test_a_task_that_is_late_is_carded_and_offered_to_everybody_who_may_do_it,
    test_handover.test_open_work_goes_to_the_next_shift_of_the_patrol_in_its_order,
    test_minimums.test_a_void_ends_with_the_minimum,
    test_requests.test_extensions_are_counted_by_round_and_the_old_round_is_kept,
    test_requests.test_only_who_leads_asks_for_a_return_and_an_approved_one_frees_the_crew,
    test_requests.test_the_asker_never_decides_and_a_void_ends_everything,
    test_requests.test_a_refused_return_changes_nothing_and_the_clock_keeps_its_start,
    test_story.test_a_stall_on_the_road_is_reported_handled_checked_and_closed,
    test_story.test_a_failed_check_brings_it_back_to_the_crew_with_a_new_clock,
    test_notes.test_the_centre_urges_and_only_a_higher_one_instructs,
    test_summons.test_who_does_not_acknowledge_in_time_is_missed_and_pressed,
    test_ladders.test_at_its_limit_a_clock_is_breached_and_later_its_centre_is_pressed,
    test_ladders.test_a_suspended_incident_stands_still_and_resumes_at_its_date,
    test_ladders.test_an_offer_that_nobody_accepts_times_out_and_the_next_patrol_is_asked,
    test_orders.test_the_district_presses_the_street_and_the_streets_desk_answers,
    test_transitions.test_merging_points_to_the_master_and_can_be_undone,
    test_transitions.test_send_back_and_accept_again_keep_the_clocks_start,
    test_overdue.test_when_the_work_is_done_it_ends,
    test_overdue.test_its_welfare_check_ends_with_it,
    test_levels.test_the_district_takes_over_without_being_asked,
    test_scores.test_the_street_scores_departments_and_the_district_the_street,
    *town_stories.STORIES,
)
"""Stories that other tests tell, chosen so that every topic is among them; and those that are told nowhere else."""
LIVED: dict[str, set[str]] = {}


async def _topics(database: Database) -> set[str]:
    async with database.read() as session:
        return set(await session.scalars(text("SELECT DISTINCT topic FROM outbox")))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_incidents(story: Story, site: Site, own_db: Database, own_client: httpx.AsyncClient) -> None:
    await site.watch()
    known = {"hands": site.hands, "db": own_db, "town": site.hands.town, "client": own_client}
    await live(story, site, known | {"time": TimeSeen(site, own_db)})
    LIVED[story.__name__] = await _topics(own_db)


@pytest.mark.parametrize("story", duty.STORIES, ids=lambda story: story.__name__)
async def test_duty(story: Story, district: Site, own_db: Database) -> None:
    await district.watch(DUTY_WATCHERS)
    await live(story, district, {"world": district.hands.world})
    LIVED[story.__name__] = await _topics(own_db)


def test_every_topic_was_among_them() -> None:
    if len(LIVED) < len(STORIES) + len(duty.STORIES):
        pytest.skip("not all stories were lived")
    assert topics() - set[str]().union(*LIVED.values()) == set()


def test_every_story_is_one() -> None:
    assert all(inspect.iscoroutinefunction(story) for story in (*STORIES, *duty.STORIES))
