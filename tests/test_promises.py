"""The threats (T) and faults (Q) of the reliability and security spec, each with at least one test that shows the defence."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

PROMISES = {
    "T1": [
        "unit/text/test_html.py::test_cleaning_twice_is_cleaning_once",
        "adapters/test_feedparser_reader.py::test_f7_t1_t12_html_of_strangers_is_cleaned",
    ],
    "T2": ["e2e/test_newsroom_browser.py::test_hostile_words_stay_words"],
    "T3": [
        "adapters/test_feedparser_reader.py::test_t3_links_are_absolute_and_safe",
        "unit/publishing/test_channels.py::test_a_story_without_a_good_link_is_not_published",
    ],
    "T4": [
        "adapters/test_guarded_network.py::test_direct",
        "adapters/test_guarded_network.py::test_rebinding",
    ],
    "T5": ["adapters/test_guarded_network.py::test_discovery"],
    "T6": ["adapters/test_httpx_fetcher.py::test_hostile_server_is_a_problem_in_words"],
    "T7": [
        "adapters/test_feedparser_reader.py::test_t7_nothing_is_opened_or_fetched",
        "adapters/test_feed_corpus.py::test_external_entities_are_not_read",
    ],
    "T8": [
        "adapters/test_feedparser_reader.py::test_t8_a_child_that_hangs_is_ended_and_replaced",
        "journeys/test_fetcher_loop.py::test_nothing_but_fetching_runs_on_the_loop",
    ],
    "T9": ["adapters/test_httpx_fetcher.py::test_hostile_server_is_a_problem_in_words"],
    "T10": ["journeys/test_collecting.py::test_a_flood_waits_for_the_editor"],
    "T11": ["adapters/test_image_copier.py::test_what_is_no_picture_is_not_shown"],
    "T12": ["adapters/test_feedparser_reader.py::test_f7_t1_t12_html_of_strangers_is_cleaned"],
    "T13": ["e2e/test_newsroom_browser.py::test_hostile_words_stay_words"],
    "T14": ["unit/mailing/test_messages.py::test_any_message_is_wire_perfect_and_decodes_to_a_full_build"],
    "T15": ["adapters/test_smtp_transport.py::test_bytes_arrive_as_they_were_built"],
    "T16": ["unit/web/test_public.py::test_one_mail_a_day_and_three_in_all"],
    "T17": [
        "unit/web/test_reading_changes_nothing.py::test_every_route_asked_for_by_a_hundred_clients",
        "unit/web/test_reading_changes_nothing.py::test_every_link_of_a_sent_edition_asked_for_by_a_hundred_clients",
        "unit/web/test_newsroom_doors.py::test_reading_changes_nothing",
    ],
    "T18": ["unit/web/test_public.py::test_every_token_is_bound_to_its_purpose"],
    "T19": [
        "unit/web/test_public.py::test_every_post_route_is_enumerated",
        "unit/web/test_newsroom_doors.py::test_a_foreign_page_cannot_act",
    ],
    "T20": ["unit/web/test_newsroom_doors.py::test_failures_cost_growing_delays_even_for_the_right_password"],
    "T21": ["unit/web/test_newsroom_doors.py::test_no_redirect_leaves_the_newsroom"],
    "T22": ["unit/test_logs.py::test_what_a_log_line_shows"],
    "T23": [
        "adapters/test_written_files.py::test_no_other_names_are_written",
        "adapters/test_written_files.py::test_a_file_is_synced_before_it_has_its_name",
        "adapters/test_written_files.py::test_a_fault_in_the_middle_leaves_what_was_there",
    ],
    "T24": ["unit/subscribing/test_csv_people.py::test_no_cell_is_a_formula_and_names_come_back"],
    "T25": ["unit/web/test_public.py::test_large_bodies_are_refused"],
    "T26": [
        "test_locks.py::test_every_package_is_pinned_with_hashes",
        "test_locks.py::test_what_runs_here_is_what_is_locked",
    ],
    "T27": ["unit/publishing/test_archive.py::test_only_what_went_out_is_archived"],
    "T28": ["unit/publishing/test_feed_writer.py::test_generated_channels_are_valid"],
    "Q1": ["journeys/test_collect_kill.py::test_killed_anywhere_the_state_is_that_of_an_undisturbed_run"],
    "Q2": [
        "unit/editing/test_composing.py::test_rebuilding_after_a_crash_is_identical",
        "unit/editing/test_composing.py::test_composing_again_gives_the_same_bytes",
    ],
    "Q3": ["journeys/test_kill.py::test_nobody_is_lost_or_doubled_however_often_the_sender_dies"],
    "Q4": [
        "unit/editing/test_cadence.py::test_exactly_one_edition_a_period",
        "journeys/test_downtime.py::test_one_edition_after_any_time_down",
    ],
    "Q5": ["journeys/test_two_senders.py::test_two_instances_started_together_double_nothing"],
    "Q6": ["journeys/test_operating.py::test_a_full_disk_leaves_nothing_half_written"],
    "Q7": ["journeys/test_writers.py::test_four_writers_and_a_backup"],
    "Q8": ["journeys/test_operating.py::test_a_damaged_database_stops_the_clock"],
    "Q9": ["journeys/test_operating.py::test_the_ledger_is_durable"],
    "Q10": ["adapters/test_smtp_transport.py::test_every_answer_in_every_phase_gives_the_right_state"],
    "Q11": [
        "adapters/test_slow_relay.py::test_a_slow_relay",
        "adapters/test_slow_relay.py::test_the_times_are_those_of_the_rule",
    ],
    "Q12": [
        "journeys/test_weeks_without_feeds.py::test_a_feed_down_for_weeks",
        "journeys/test_weeks_without_feeds.py::test_the_name_server_down_for_weeks",
    ],
    "Q13": ["unit/settings/test_settings.py::test_settings_edited_wrongly_are_told_as_a_whole"],
    "Q14": [
        "journeys/test_odd_text.py::test_odd_text_from_feed_to_mail",
        "adapters/test_feedparser_reader.py::test_q14_odd_text_is_normalised_once",
        "unit/publishing/test_round_trip.py::test_odd_words_come_back_equal",
        "unit/mailing/test_messages.py::test_any_message_is_wire_perfect_and_decodes_to_a_full_build",
    ],
    "Q15": ["unit/settings/test_settings.py::test_an_unknown_zone_is_told_at_the_start"],
}
"""Row to tests; further tests name the row in their docstrings."""


def test_every_row_stands_here():
    """T1 to T28 and Q1 to Q15: none is left to good will."""
    rows = {*(f"T{number}" for number in range(1, 29)), *(f"Q{number}" for number in range(1, 16))}
    assert rows == PROMISES.keys()


@pytest.mark.parametrize("row", PROMISES)
def test_every_row_has_its_test(row: str):
    """A renamed or lost test is noticed here."""
    for name in PROMISES[row]:
        file, _, function = name.partition("::")
        tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
        found = {
            node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert function in found, name
