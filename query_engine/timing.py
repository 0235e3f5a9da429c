"""How long the phases of a query took."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Timing:
    """
    When the phases of a query ended, monotonic seconds; one that was not reached is None.

    Attributes:
        begun: The query came in.
        opened: It had its turn, and its tables were open.
        planned: Its plan was made, and everything that the plan reads was known.
    """

    clock: Callable[[], float] = time.perf_counter
    begun: float = field(init=False)
    opened: float | None = None
    planned: float | None = None

    def __post_init__(self) -> None:
        self.begun = self.clock()

    @property
    def seconds(self) -> float:
        """Seconds since the query came in."""
        return self.clock() - self.begun

    def milliseconds(self) -> dict[str, float]:
        """Return how long each phase took until now; 0 for one that was not reached."""
        now = self.clock()
        opened = now if self.opened is None else self.opened
        planned = max(opened, now if self.planned is None else self.planned)
        spans = {
            "context_init_ms": opened - self.begun,
            "planning_ms": planned - opened,
            "execution_ms": now - planned,
            "setup_ms": planned - self.begun,
            "total_ms": now - self.begun,
        }
        return {name: round(1000 * seconds, 3) for name, seconds in spans.items()}
