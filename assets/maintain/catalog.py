"""Every maintenance task there is; jobs, schedules and commands are derived from it."""

from assets.errors import NotFound
from assets.maintain.compaction import COMPACTION
from assets.maintain.quarantine_retry import QUARANTINE_RETRY
from assets.maintain.task import AnyTask
from assets.maintain.vacuuming import VACUUMING

TASKS: tuple[AnyTask, ...] = (COMPACTION, VACUUMING, QUARANTINE_RETRY)

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
