"""Every maintenance task there is; jobs, schedules and commands are derived from it."""

from assets.errors import NotFound
from assets.maintain.accept_loss import ACCEPT_LOSS
from assets.maintain.compaction import COMPACTION
from assets.maintain.day_merge import DAY_MERGE
from assets.maintain.dropped_views import DROPPED_VIEWS
from assets.maintain.duplicate_repair import DUPLICATE_REPAIR
from assets.maintain.orphan_sweep import ORPHAN_SWEEP
from assets.maintain.partitions import PARTITIONS
from assets.maintain.process_sweep import PROCESS_SWEEP
from assets.maintain.quarantine_retry import QUARANTINE_RETRY
from assets.maintain.raw_retention import RAW_RETENTION
from assets.maintain.rebuild_changed import REBUILD_CHANGED
from assets.maintain.segment_rewrite import SEGMENT_REWRITE
from assets.maintain.segment_sweep import SEGMENT_SWEEP
from assets.maintain.set_retention import SET_RETENTION
from assets.maintain.set_sampling import SET_SAMPLING
from assets.maintain.space_retention import SPACE_RETENTION
from assets.maintain.tail_sampling import TAIL_SAMPLING
from assets.maintain.task import AnyTask
from assets.maintain.vacuuming import VACUUMING
from assets.maintain.view_retention import VIEW_RETENTION

TASKS: tuple[AnyTask, ...] = (
    COMPACTION,
    DAY_MERGE,
    VACUUMING,
    QUARANTINE_RETRY,
    DUPLICATE_REPAIR,
    REBUILD_CHANGED,
    SET_RETENTION,
    VIEW_RETENTION,
    RAW_RETENTION,
    SPACE_RETENTION,
    SET_SAMPLING,
    TAIL_SAMPLING,
    SEGMENT_REWRITE,
    SEGMENT_SWEEP,
    ORPHAN_SWEEP,
    ACCEPT_LOSS,
    PROCESS_SWEEP,
    PARTITIONS,
    DROPPED_VIEWS,
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
