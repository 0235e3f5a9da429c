"""News of builds that are no runs of Dagster's, for the orchestration to pass on."""

import logging
import uuid

from assets.errors import LakeError
from assets.materialize.report import Report
from assets.storage.lake import Lake
from assets.storage.metadata.build_reports import BuildReport, report_build
from assets.views.view import View

log = logging.getLogger(__name__)


def tell_of_build(lake: Lake, view: View, report: Report, builder: str) -> None:
    """
    Leave a report of what *builder* did, unless that is nothing.

    It is news only: that it cannot be left is logged, and is no fault of the build.
    """
    if not report.commits:
        return
    told = BuildReport(
        report_id=uuid.uuid4(),
        view=view.name,
        slices=tuple(sorted(report.slices)),
        rows=report.rows,
        bytes=report.bytes,
        blocks=report.blocks,
        seconds=report.seconds,
        builder=builder,
    )
    try:
        with lake.connection() as conn:
            report_build(conn, told)
    except LakeError as error:
        log.warning("a build of %s is not reported: %s", view.name, error)
