"""Every maintenance task there is; jobs, schedules and commands are derived from it."""

from assets.errors import NotFound
from assets.maintain.compaction import COMPACTION
from assets.maintain.orphan_sweep import ORPHAN_SWEEP
from assets.maintain.quarantine_retry import QUARANTINE_RETRY
from assets.maintain.raw_retention import RAW_RETENTION
from assets.maintain.segment_sweep import SEGMENT_SWEEP
from assets.maintain.set_retention import SET_RETENTION
from assets.maintain.task import AnyTask
from assets.maintain.vacuuming import VACUUMING
from assets.maintain.view_retention import VIEW_RETENTION

TASKS: tuple[AnyTask, ...] = (
    COMPACTION,
    VACUUMING,
    QUARANTINE_RETRY,
    SET_RETENTION,
    VIEW_RETENTION,
    RAW_RETENTION,
    SEGMENT_SWEEP,
    ORPHAN_SWEEP,
)

_BY_NAME = {task.name: task for task in TASKS}


def task_named(name: str) -> AnyTask:
    """
    Return the task of that name.

    Raises:
        NotFound: There is none; the message lists those there are.
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        raise NotFound(f"no task {name!r}; there are: {', '.join(_BY_NAME)}") from None
