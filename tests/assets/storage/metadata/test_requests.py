"""Requests to materialize: one for all who ask the same, reported on, never lost."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg

from assets.storage.metadata.requests import (
    CHANNEL,
    Standing,
    Wish,
    advance,
    ask,
    forget_ended,
    move,
    note_look,
    open_requests,
    reports,
    seconds_since_look,
    standings,
    state_of,
)

HOUR = datetime(2026, 11, 22, 17, tzinfo=UTC)
WISH = Wish("materialize", "log_entries", None, HOUR, HOUR + timedelta(hours=2), "because")


def test_who_asks_for_the_same_joins_the_request(metadata) -> None:
    """
    A thousand askers cost one build; another range, view or process is another request.
    """
    first = ask(metadata.reader, uuid.uuid4(), WISH)
    assert ask(metadata.reader, uuid.uuid4(), WISH) == first
    assert ask(metadata.reader, uuid.UUID(first), WISH) == first
    others = [
        replace(WISH, action="rebuild"),
        replace(WISH, view="measures"),
        replace(WISH, process_id=str(uuid.uuid4())),
        replace(WISH, end=HOUR + timedelta(hours=3)),
    ]
    ids = {ask(metadata.reader, uuid.uuid4(), wish) for wish in others}
    assert len(ids | {first}) == 5
    found = open_requests(metadata.reader)
    assert next(request.request_id for request in found) == first
    assert {request.wish for request in found} == {WISH, *others}


def test_what_a_longer_request_does_already_joins_it(metadata) -> None:
    """
    To append: the longer one leaves nothing out. To rebuild: it may have passed these hours.
    """
    longer = replace(WISH, end=HOUR + timedelta(hours=9))
    first = ask(metadata.reader, uuid.uuid4(), longer)
    assert ask(metadata.reader, uuid.uuid4(), WISH) == first
    assert ask(metadata.reader, uuid.uuid4(), replace(WISH, process_id=str(uuid.uuid4()))) != first
    rebuilt = ask(metadata.reader, uuid.uuid4(), replace(longer, action="rebuild"))
    assert ask(metadata.reader, uuid.uuid4(), replace(WISH, action="rebuild")) != rebuilt


def test_how_far_it_is_is_told_when_it_changes(metadata) -> None:
    """
    The same words twice are one report; an ended request is where it ended.
    """
    request = ask(metadata.reader, uuid.uuid4(), WISH)
    move(metadata.reader, request, "running", "")
    for done in (1, 1, 2):
        said = f"{done} of 2 hours"
        advance(metadata.reader, request, hours_total=2, hours_done=done, message=said)
    assert [report.message for report in reports(metadata.reader, request)] == [
        "requested: because",
        "1 of 2 hours",
        "2 of 2 hours",
    ]
    assert standings(metadata.reader, [request, str(uuid.uuid4())]) == {
        request: Standing("running", 2, 2, "2 of 2 hours")
    }


def test_who_looks_for_requests_is_known(metadata) -> None:
    """
    Nobody waits for a build when nobody is there to begin it.
    """
    assert seconds_since_look(metadata.reader) is None
    for _ in range(2):
        note_look(metadata.reader)
    assert 0 <= (seconds_since_look(metadata.reader) or 0) < 60


def test_a_request_that_has_ended_is_made_anew(metadata) -> None:
    """
    Its own id still finds it, so a second attempt of one query does not ask twice.
    """
    first = ask(metadata.reader, uuid.uuid4(), WISH)
    move(metadata.reader, first, "failed", "no")
    assert ask(metadata.reader, uuid.UUID(first), WISH) == first
    assert ask(metadata.reader, uuid.uuid4(), WISH) != first


def test_what_became_of_it_is_read_in_order_and_from_where_one_left_off(metadata) -> None:
    """
    Each step says why; an ended request moves no more.
    """
    request = ask(metadata.reader, uuid.uuid4(), WISH)
    move(metadata.reader, request, "running", "begun")
    so_far = reports(metadata.reader, request)
    assert [report.message for report in so_far] == ["requested: because", "begun"]
    move(metadata.reader, request, "done", "ended")
    move(metadata.reader, request, "failed", "too late")
    rest = reports(metadata.reader, request, so_far[-1].report_id)
    assert [report.message for report in rest] == ["ended"]
    assert state_of(metadata.reader, request) == "done"
    assert open_requests(metadata.reader) == []


def test_a_request_wakes_who_listens(metadata, database_url: str) -> None:
    """
    The payload is its id.
    """
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        request = ask(metadata.reader, uuid.uuid4(), WISH)
        (note,) = listener.notifies(timeout=5, stop_after=1)
    assert note.payload == request


def test_ended_requests_are_forgotten_and_open_ones_are_not(metadata) -> None:
    """
    With all that was reported of them.
    """
    ended, kept = (
        ask(metadata.reader, uuid.uuid4(), wish) for wish in (WISH, replace(WISH, view="measures"))
    )
    move(metadata.reader, ended, "done", "ended")
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert forget_ended(metadata.reader, later) == 1
    assert state_of(metadata.reader, ended) is None
    assert reports(metadata.reader, ended) == []
    assert state_of(metadata.reader, kept) == "requested"
