"""
What the probe saw of its own events: written at the receiver's door, looked for in SQL.

The probe runs beside the lake (``limnod probe``), whether Dagster does or not; this is only where
its answers become a check.
"""

from assets.checks.check import Check, Verdict
from assets.checks.limits import PROBE_OFF, PROBE_SILENT, PROBE_WINDOW
from assets.maintain.task import Site
from assets.storage.metadata.probe_results import ProbeResult, probe_results
from assets.views.view import View

PROBED = frozenset({"log_entries", "measures", "thread_spans"})
"""Views in which the probe looks for its events."""


def look(site: Site, view: View) -> Verdict:
    """Look at what the probe saw lately."""
    with site.lake.connection() as conn:
        found = probe_results(conn, view.name, site.now - PROBE_OFF)
    if not found:
        return Verdict(True, "no probe runs", {"rounds": 0})
    silent = site.now - found[0].written_at
    if silent > PROBE_SILENT:
        minutes = silent.total_seconds() / 60
        return Verdict(False, f"the probe has said nothing for {minutes:.0f} minutes")
    recent = [one for one in found if one.written_at > site.now - PROBE_WINDOW] or found[:1]
    wrong = [one for one in recent if not one.is_well]
    numbers = {"rounds": len(recent), "rounds not well": len(wrong)} | _slowest(recent)
    if wrong:
        what = wrong[0].problem or "an event was not seen in time"
        message = f"{len(wrong)} of {len(recent)} rounds were not well, the newest: {what}"
        return Verdict(False, message, numbers)
    slowest = numbers["acknowledged s max"], numbers["visible s max"]
    message = (
        f"{len(recent)} rounds were seen, acknowledged after at most {slowest[0]:.2f} s and"
        f" visible at most {slowest[1]:.2f} s later"
    )
    return Verdict(True, message, numbers)


def _slowest(results: list[ProbeResult]) -> dict[str, float]:
    return {
        "acknowledged s max": max((one.acknowledged_after or 0.0) for one in results),
        "visible s max": max((one.visible_after or 0.0) for one in results),
    }


PROBE = Check(
    name="probe",
    doc="The probe's events of the last half hour were acknowledged, and are in SQL exactly once.",
    remedy="`limnod status` tells which part does not answer. Events that were acknowledged and are"
    " missing or doubled are a fault of the lake: see the checks complete and no_duplicates. A"
    " probe that is silent: is `limnod probe` running, and what does its log say?"
    " SELECT * FROM probe_rounds has every round",
    look=look,
    applies=lambda view: view.name in PROBED,
)
