"""Which views a rule of sampling asks, and what becomes of a rule one of whose days is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from assets.maintain import tail_sampling
from assets.maintain.asked_views import views_asked
from assets.maintain.catalog import task_named
from assets.maintain.tail_sampling import DayForgotten
from assets.maintain.task import Site, run
from assets.storage.metadata.sampling import SamplingRule, set_sampling_rule
from assets.storage.tables import TableCache
from assets.views.catalog import BUILT_IN

DAY = timedelta(days=1)
ROWS = [{"time": 1, "msg": "a"}]


@pytest.mark.parametrize(
    ("sql", "asked"),
    [
        ("SELECT process_id FROM log_entries WHERE level <= 2", {"log_entries"}),
        ('SELECT 1 FROM Measures m JOIN "log_stats" ON true', {"measures", "log_stats"}),
        (
            "SELECT 1 FROM (SELECT 1 FROM otel_spans) WHERE 1 IN (SELECT n FROM b)",
            {"otel_spans", "b"},
        ),
        ("SELECT measures FROM log_entries -- not measures", {"log_entries"}),
        ("SELECT 1 FROM log_entries WHERE msg LIKE 'measures %'", {"log_entries"}),
        ("SELECT 1 FROM view_instance('Thread_Spans', 'x')", {"thread_spans"}),
        ("SELECT 1 FROM generate_series(1, 2), unnest(ARRAY[1])", set()),
        ("SELECT 1 FROM p, LATERAL process_spans(p.process_id, 'thread')", None),
        ("SELECT 1 FROM flame('x')", None),
        ("SELECT FROM WHERE (", None),
    ],
)
def test_a_view_is_asked_where_it_is_read_from(sql: str, asked: set[str] | None) -> None:
    """
    Not where its name is a column, a comment or a part of a text; what may read any view does.
    """
    assert views_asked(sql) == asked


def test_a_day_that_is_refused_holds_up_no_later_day(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The run fails and names it, and the days after it are sampled, each run as many as ever.
    """
    for back in (3, 2):
        filled.write(new_sender("log"), ROWS, shift=-back * DAY)
    refused = datetime.now(UTC).date() - 3 * DAY
    real = tail_sampling.kept_processes

    def kept(site: Site, rule: SamplingRule, day: object) -> list[str]:
        if day == refused:
            raise DayForgotten("its answer is gone")
        return real(site, rule, day)

    monkeypatch.setattr(tail_sampling, "kept_processes", kept)
    monkeypatch.setattr(tail_sampling, "SAMPLED_DAYS_PER_RUN", 1)
    with filled.lake.connection() as conn:
        set_sampling_rule(conn, SamplingRule("logs", "log", None, after_days=1, around_days=0))
    task = task_named("tail_sampling")
    site = Site(filled.lake, TableCache(), datetime.now(UTC) + timedelta(minutes=1), BUILT_IN)
    actions = {
        step.subject: step.action for step in run(task, site, task.settings(), dry_run=True).planned
    }
    assert actions[f"logs {refused}"] == "cannot be asked: its answer is gone"
    assert actions[f"logs {refused + DAY}"].startswith("mark 1 blocks")
