"""Every check passes on a healthy lake, and fails, with what to do, on the trouble it is for."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import ResourceMetrics

from assets.checks import limits
from assets.checks.catalog import CHECKS
from assets.checks.check import Verdict, ask
from assets.maintain.reconciling import rows_by_block
from assets.maintain.task import Site
from assets.materialize import materialize
from assets.storage.metadata.check_results import check_results
from assets.storage.metadata.probe_results import ProbeResult, record_probe
from assets.storage.metadata.retention import Rule, set_rule
from assets.storage.tables import TableCache, append, replace_slices, retire_slices
from assets.views.catalog import BUILT_IN, VIEWS
from assets.views.generation import generation_of
from assets.views.log_entries import LOG_ENTRIES
from assets.views.measure_histograms import MEASURE_HISTOGRAMS
from assets.views.measures import MEASURES
from assets.views.physical import table_spec, to_storage
from tests.assets.decode.otlp.messages import NOW, made

ROOT = Path(__file__).resolve().parents[3]
BY_NAME = {check.name: check for check in CHECKS}
PAIRS = [(check, view) for check in CHECKS for view in VIEWS if check.applies(view)]


def asked(filled, name: str, *, view=LOG_ENTRIES, after: timedelta = timedelta(0)) -> Verdict:
    """Ask one check, as if so much time had passed."""
    site = Site(filled.lake, TableCache(), datetime.now(UTC) + after, BUILT_IN)
    return ask(BY_NAME[name], site, view)


def sent(filled, new_sender, blocks: int = 3) -> None:
    """Send so many blocks of two log records."""
    rows = [{"time": 1, "msg": "a"}, {"time": 2, "msg": "b"}]
    filled.write(new_sender(), *[rows] * blocks)


def histogram():
    """Return a block with one point of a histogram, of another format than our own clients'."""
    message = ResourceMetrics()
    metric = message.scope_metrics.add().metrics.add(name="latency")
    metric.histogram.data_points.add(
        time_unix_nano=NOW, count=1, explicit_bounds=[1.0], bucket_counts=[1, 0]
    )
    return made(message, NOW, NOW)


@pytest.mark.parametrize(("check", "view"), PAIRS, ids=lambda value: value.name)
def test_a_new_lake_passes_every_check(filled, check, view) -> None:
    """
    Nothing was sent, no table exists: nothing is wrong.
    """
    verdict = ask(check, Site(filled.lake, filled.tables, datetime.now(UTC), BUILT_IN), view)
    assert verdict.passed, verdict.message


@pytest.mark.parametrize(
    "check", [c for c in CHECKS if c.applies(LOG_ENTRIES)], ids=lambda c: c.name
)
def test_a_lake_that_is_up_to_date_passes(filled, new_sender, check) -> None:
    """
    Everything that was sent is in the table, a day later too.
    """
    sent(filled, new_sender)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    site = Site(filled.lake, filled.tables, datetime.now(UTC) + timedelta(days=1), BUILT_IN)
    verdict = ask(check, site, LOG_ENTRIES)
    assert verdict.passed, verdict.message


def test_a_table_that_lacks_an_old_block_is_late(filled, new_sender) -> None:
    """
    Fresh blocks may wait; after a while somebody must look, and is told where.
    """
    sent(filled, new_sender)
    assert asked(filled, "fresh").passed
    verdict = asked(filled, "fresh", after=limits.LAG_MAX + timedelta(minutes=1))
    assert not verdict.passed
    assert verdict.message.startswith("not in the table yet: 3 blocks, ")
    assert "uncovered_slices" in verdict.message
    assert verdict.numbers["lag_s"] >= limits.LAG_MAX.total_seconds()


def test_an_hour_that_ended_and_is_not_covered_is_a_gap(filled, new_sender) -> None:
    """
    It is named, so that it can be launched.
    """
    sent(filled, new_sender)
    young = asked(filled, "no_gaps", after=limits.GAP_AGE_MAX - timedelta(minutes=1))
    assert (young.passed, young.message) == (
        True,
        "every hour that ended over 2 hours ago is covered",
    )
    hour = datetime.now(UTC).strftime("%Y-%m-%dT")
    verdict = asked(filled, "no_gaps", after=limits.GAP_AGE_MAX + timedelta(hours=2))
    assert not verdict.passed
    assert hour in verdict.message
    assert verdict.message.startswith("not covered, although over 2 hours have passed since: 1 h")
    assert verdict.numbers == {"hours": 1}


def test_a_block_whose_rows_are_gone_is_not_complete(filled, new_sender) -> None:
    """
    A table that claims to cover blocks that it does not hold is found out.
    """
    sent(filled, new_sender)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    spec = table_spec(LOG_ENTRIES)
    snapshot = filled.tables.snapshot(filled.lake, spec)
    ((slice_, position),) = snapshot.covered(generation_of(LOG_ENTRIES)).items()
    coverage = {slice_.app_id(generation_of(LOG_ENTRIES)): position}
    replace_slices(filled.lake, spec, snapshot, [slice_], spec.schema.empty_table(), coverage)
    verdict = asked(filled, "complete")
    assert not verdict.passed
    missing = f"rows are missing of 3 blocks: of the hours {slice_.owner_id} (blocks"
    assert verdict.message.startswith(missing)
    assert "Rebuild these hours" in verdict.message
    assert asked(filled, "no_duplicates").passed


def test_a_check_that_cannot_be_asked_fails_and_the_others_are_asked(filled, new_sender) -> None:
    """
    The answer before it does not stay: "passed" would say that somebody has looked.
    """
    sent(filled, new_sender)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    assert asked(filled, "complete").passed
    spec = table_spec(LOG_ENTRIES)
    for path in filled.tables.snapshot(filled.lake, spec).files["path"]:
        Path(path).unlink()
    verdict = asked(filled, "complete")
    assert not verdict.passed
    assert verdict.message.startswith("could not be asked: No such file or directory")
    assert "\n" not in verdict.message
    with filled.lake.connection() as conn:
        (kept,) = (one for one in check_results(conn) if one.check == "complete")
    assert (kept.passed, kept.message) == (False, verdict.message)
    assert asked(filled, "compact").passed


def test_rows_that_are_there_twice_are_found(filled, new_sender) -> None:
    """
    As after a compaction that was not checked against another one.
    """
    sent(filled, new_sender)
    rows = filled.read(LOG_ENTRIES)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    spec = table_spec(LOG_ENTRIES)
    snapshot = filled.tables.snapshot(filled.lake, spec)
    ((slice_, position),) = snapshot.covered(generation_of(LOG_ENTRIES)).items()
    again = to_storage(rows, LOG_ENTRIES, slice_)
    coverage = {slice_.app_id(generation_of(LOG_ENTRIES)): position + 1}
    append(filled.lake, spec, snapshot, again, coverage)
    verdict = asked(filled, "no_duplicates")
    assert not verdict.passed
    assert verdict.numbers["blocks"] == 3
    assert f"of the hours {slice_.owner_id} (blocks " in verdict.message
    assert asked(filled, "complete").passed


def test_all_hours_that_are_to_be_rebuilt_are_named(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Of blocks only some: what is launched is an hour.
    """
    monkeypatch.setattr("assets.checks.reconciliation.BLOCKS_NAMED_MAX", 1)
    sent(filled, new_sender)
    filled.write(new_sender(), [{"time": 1, "msg": "before"}], shift=-timedelta(hours=2))
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    spec = table_spec(LOG_ENTRIES)
    generation = generation_of(LOG_ENTRIES)
    for slice_, position in filled.covered(LOG_ENTRIES).items():
        snapshot = filled.tables.snapshot(filled.lake, spec)
        coverage = {slice_.app_id(generation): position}
        replace_slices(filled.lake, spec, snapshot, [slice_], spec.schema.empty_table(), coverage)
    message = asked(filled, "complete").message
    first, second = sorted(slice_.owner_id for slice_ in filled.covered(LOG_ENTRIES))
    missing = "rows are missing of 4 blocks: of the hours"
    assert message.startswith(f"{missing} {first}, {second} (blocks ")
    assert "and 3 more)" in message


def test_blocks_of_which_nobody_knows_how_many_rows_they_should_have_are_told(
    filled, new_sender
) -> None:
    """
    A verdict does not claim more than was looked at; formats without such rows are not its matter.
    """
    filled.write(new_sender(tag="metrics"), [{"time": 1, "value": 2.0}])
    filled.write(new_sender(tag="metrics", format="otlp/v1/metrics"), histogram())
    for view in (MEASURES, MEASURE_HISTOGRAMS):
        materialize(filled.lake, view, filled.tables)
        for name in ("complete", "no_duplicates"):
            verdict = asked(filled, name, view=view)
            assert verdict.passed
            assert verdict.message.endswith(
                "; not judged: 1 block, as not every event of their format is one row"
            )
            assert verdict.numbers["blocks not judged"] == 1


def test_two_verdicts_about_one_moment_share_one_look(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The rows are read once; at another moment they are read again.
    """
    sent(filled, new_sender)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    looks = []
    monkeypatch.setattr(
        "assets.maintain.reconciling.rows_by_block",
        lambda *about: looks.append(about) or rows_by_block(*about),
    )
    site = Site(filled.lake, TableCache(), datetime.now(UTC), BUILT_IN)
    for name in ("complete", "no_duplicates"):
        assert ask(BY_NAME[name], site, LOG_ENTRIES).passed
    assert len(looks) == 1
    later = Site(site.lake, site.tables, site.now + timedelta(minutes=10), BUILT_IN)
    assert ask(BY_NAME["complete"], later, LOG_ENTRIES).passed
    assert len(looks) == 2


def test_slices_of_another_version_of_the_view_are_named(filled, new_sender) -> None:
    """
    After an upgrade that changes a view, until the job has rebuilt its slices.
    """
    sent(filled, new_sender)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    verdict = asked(filled, "as_described", view=replace(LOG_ENTRIES, version=99))
    assert not verdict.passed
    assert verdict.message.startswith("0 of 1 slices are rebuilt (0% of the bytes); those from")
    assert "The job rebuild_changed" in verdict.message


def test_an_ended_slice_of_many_files_wants_compaction(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Only once the hour has ended: before, files are still being added.
    """
    monkeypatch.setattr("assets.checks.shape.SLICE_FILES_MAX", 1)
    for _ in range(2):
        sent(filled, new_sender, 1)
        materialize(filled.lake, LOG_ENTRIES, filled.tables)
    assert asked(filled, "compact").passed
    verdict = asked(filled, "compact", after=timedelta(hours=3))
    assert not verdict.passed
    assert "Run the job compaction" in verdict.message


def test_a_table_of_too_many_files_is_told(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Whatever their slices.
    """
    sent(filled, new_sender)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    monkeypatch.setattr("assets.checks.shape.TABLE_FILES_MAX", 0)
    assert not asked(filled, "compact").passed


def test_a_refused_block_is_in_quarantine_and_not_missing(filled, new_sender) -> None:
    """
    It has no rows because it cannot have any: one check says so, the other leaves it out.
    """
    filled.write(new_sender(), [{"time": 1, "msg": "a"}], payloads=[b"no block at all"])
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    verdict = asked(filled, "quarantine_empty")
    assert not verdict.passed
    assert verdict.message.startswith("could not be decoded: 1 block. SELECT * FROM quarantine")
    assert asked(filled, "complete").passed


def test_only_the_newest_slices_are_counted(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The cost of a check does not grow with the lake.
    """
    monkeypatch.setattr("assets.checks.reconciliation.SLICES_RECONCILED", 1)
    sent(filled, new_sender)
    filled.write(new_sender(), [{"time": 1, "msg": "later"}], shift=timedelta(hours=1))
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    assert isinstance(filled.read(LOG_ENTRIES), pl.DataFrame)
    assert asked(filled, "complete").numbers == {
        "slices": 1,
        "events": 1,
        "blocks": 0,
        "blocks not judged": 0,
    }


def test_slices_that_a_rule_emptied_are_not_missing(filled, new_sender) -> None:
    """
    What retention removed is gone on purpose.
    """
    sent(filled, new_sender)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    with filled.lake.connection() as conn:
        set_rule(conn, Rule("log_entries", keep_days=1))
    slices = list(filled.covered(LOG_ENTRIES))
    retire_slices(filled.lake, table_spec(LOG_ENTRIES), slices)
    assert asked(filled, "complete").passed


def probed(filled, *, minutes_ago: int, **seen) -> None:
    """Keep the result of a round of the probe, of so long ago."""
    result = ProbeResult(
        process_id=str(uuid.uuid4()),
        sequence=1,
        view="log_entries",
        written_at=datetime.now(UTC) - timedelta(minutes=minutes_ago),
        **{"acknowledged_after": 0.5, "visible_after": 0.25, "missing": 0, "doubled": 0} | seen,
    )
    with filled.lake.connection() as conn:
        record_probe(conn, [result])


def test_rounds_of_the_probe_that_were_seen_are_well(filled) -> None:
    """
    The check says how long they took.
    """
    probed(filled, minutes_ago=1)
    probed(filled, minutes_ago=2, visible_after=1.5)
    verdict = asked(filled, "probe")
    assert verdict.passed
    assert "at most 0.50 s and visible at most 1.50 s later" in verdict.message
    assert verdict.numbers["rounds"] == 2


def test_a_round_of_the_probe_that_lost_something_fails_for_a_while(filled) -> None:
    """
    In its own words; half an hour later it has passed.
    """
    probed(filled, minutes_ago=2)
    probed(filled, minutes_ago=20, missing=1, visible_after=None, problem="round 7 is not there")
    verdict = asked(filled, "probe")
    assert not verdict.passed
    assert verdict.message.startswith("1 of 2 rounds were not well, the newest: round 7 is not")
    probed(filled, minutes_ago=-30)
    assert asked(filled, "probe", after=timedelta(minutes=30)).passed


def test_a_silent_probe_is_found_and_one_that_was_switched_off_is_not(filled) -> None:
    """
    Nobody says that a probe was switched off: after a day of silence it is taken for that.
    """
    probed(filled, minutes_ago=11)
    verdict = asked(filled, "probe")
    assert not verdict.passed
    assert "said nothing for 11 minutes" in verdict.message
    assert asked(filled, "probe", after=limits.PROBE_OFF).passed


def test_the_page_names_every_check() -> None:
    """
    What the UI shows can be read about.
    """
    page = (ROOT / "docs/maintenance.md").read_text()
    assert [check.name for check in CHECKS if f"| `{check.name}` |" not in page] == []
