"""The run tags of ours: what a run is to do with its hours, and why it was launched."""

from collections.abc import Mapping

from orchestration.slice_work import Work

WORK = "limnograph/work"
"""`increment`: append what the tables miss. Anything else, or no such tag: rebuild the hours."""

REQUEST = "limnograph/request"
"""Id of the materialization request that a run serves."""

REQUEST_RUNS = "limnograph/request_runs"
"""How many runs serve that request."""

REASON = "limnograph/reason"
"""One line for people: why the run was launched."""


def work_of(tags: Mapping[str, str]) -> Work:
    """
    Return what a run is to do.

    A run without our tag was launched by a person from the UI or by a backfill: who asks for an
    hour that is there already wants it made anew.
    """
    return "increment" if tags.get(WORK) == "increment" else "rebuild"
