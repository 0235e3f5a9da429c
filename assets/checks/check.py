"""
What a check is: a question about a view's table, and an answer that says what to do.

Rule: a check changes nothing of the lake, and its cost is bounded whatever the size of the lake.
Dagster's asset checks, ``limnod check`` and the metrics are derived from the catalog, so a new
check is one new file and one line in ``catalog.py``.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from polars.exceptions import PolarsError

from assets.errors import LakeError
from assets.maintain.task import Number, Site
from assets.storage.metadata.check_results import record_result
from assets.views.view import View

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    The answer of a check.

    Attributes:
        passed: All is well.
        message: What was found; if not all is well, also what to do about it.
        numbers: The figures behind it.
    """

    passed: bool
    message: str
    numbers: Mapping[str, Number] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """
    A question about one view.

    Attributes:
        name: Of the check, and of the asset check in Dagster.
        doc: What is asked, in a sentence.
        remedy: What to do when it fails.
        look: Answers it. Reads only.
        applies: Whether the question makes sense for a view.
    """

    name: str
    doc: str
    remedy: str
    look: Callable[[Site, View], Verdict]
    applies: Callable[[View], bool] = lambda view: view.scope == "global"


def ask(check: Check, site: Site, view: View) -> Verdict:
    """
    Ask, and keep the answer where services find it; a failing one says what to do.

    A check that cannot be asked has failed: the answer before it is not left standing, and the
    checks after it are asked.

    Raises:
        LakeError: The answer cannot be kept: Postgres does not answer.
    """
    try:
        verdict = check.look(site, view)
    except (LakeError, OSError, PolarsError) as exc:
        log.warning("check %s of %s could not be asked", check.name, view.name, exc_info=exc)
        verdict = Verdict(False, f"could not be asked: {_in_a_line(exc)}")
    else:
        if not verdict.passed:
            verdict = Verdict(False, f"{verdict.message}. {check.remedy}", verdict.numbers)
    with site.lake.connection() as conn:
        record_result(conn, view.name, check.name, passed=verdict.passed, message=verdict.message)
    return verdict


def _in_a_line(exc: Exception) -> str:
    text = str(exc).strip()
    return text.splitlines()[0] if text else type(exc).__name__
