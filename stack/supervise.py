"""
Keeps the parts running: starts them in order, restarts what ends, stops all in time.

One thread and one loop: `Supervisor.tick` looks at every part once. Time is an argument, so that
tests are exact.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from stack import limits
from stack.errors import PartFailed, StackError
from stack.log_lines import ErrorLines, size, tail


class Part(Protocol):
    """
    What the supervisor needs of a part; `Program` and `EmbeddedPostgres` are the two kinds.

    A foundation is stopped after all others. After ``stop_s_max`` seconds of stopping a part is
    ended without a word; infinity for those that have work to finish.
    """

    name: str
    log: Path
    after: tuple[str, ...]
    once: bool
    foundation: bool
    stop_s_max: float

    def launch(self) -> None:
        """Start it; it need not be ready when this returns."""

    def exit_code(self) -> int | None:
        """Return how it ended, None while it runs."""

    def status(self) -> str:
        """Say ``"ready"``, or why it is not."""

    def ask_to_stop(self) -> None:
        """Ask it to finish what it does and end."""

    def kill(self) -> None:
        """End it at once, with everything that it started."""

    def keep_log_small(self) -> None:
        """Put a large log aside."""


def restart_delay_s(ends: int) -> float:
    """Return how long to wait before the restart after the *ends*-th end in a row (from 1)."""
    doubled = limits.RESTART_DELAY_FIRST_S * 2.0 ** min(ends - 1, 20)
    return min(doubled, limits.RESTART_DELAY_MAX_S)


@dataclass(slots=True)
class _Watched:
    """A part and what has happened to it so far."""

    part: Part
    errors: ErrorLines
    log_begin: int
    running: bool = False
    ready: bool = False
    ever_ready: bool = False
    done: bool = False
    started_s: float = 0.0
    ends_in_a_row: int = 0
    restart_s: float = 0.0
    asked_s: float = 0.0


class Supervisor:
    """
    Runs *parts*; ``say`` prints one line for people.

    Call `tick` from the main thread until you want to stop, then `stop`.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        say: Callable[[str], None],
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._say = say
        self._now = now
        self._begun_s = now()
        self._watched = {
            part.name: _Watched(part, ErrorLines(part.log), size(part.log)) for part in parts
        }

    def adopt(self, name: str) -> None:
        """Take over a part that runs and is ready already."""
        watched = self._watched[name]
        watched.running = watched.ready = watched.ever_ready = True
        watched.started_s = self._now()

    def is_ready(self, *names: str) -> bool:
        """Tell whether the named parts (all, when none is named) were ready at the last look."""
        return all(self._watched[name].ready for name in names or self._watched)

    def not_ready(self) -> list[str]:
        """Return the names of the parts that were not ready at the last look."""
        return [name for name, watched in self._watched.items() if not watched.ready]

    def tick(self) -> None:
        """
        Look at each part once: start what is due, notice what ended or became ready.

        Raises:
            PartFailed: A part cannot be started at all; the message has the end of its log.
        """
        for watched in self._watched.values():
            if watched.done:
                continue
            if not watched.running:
                self._start_if_due(watched)
            elif (code := watched.part.exit_code()) is not None:
                self._ended(watched, code)
            else:
                self._look(watched)
            for line in watched.errors.new(self._now()):
                self._say(f"[{watched.part.name}] {line}")
            watched.part.keep_log_small()

    def stop(self, drain_s: float = limits.DRAIN_S) -> None:
        """Ask the parts to stop and kill what does not in time; then the foundations likewise."""
        for foundation, patience_s in ((False, drain_s), (True, limits.POSTGRES_STOP_S)):
            self._stop_all(
                [
                    w
                    for w in self._watched.values()
                    if w.running and w.part.foundation is foundation
                ],
                patience_s,
            )

    def _stop_all(self, watched: Sequence[_Watched], patience_s: float) -> None:
        for one in watched:
            one.part.ask_to_stop()
        begun_s = self._now()
        while running := [one for one in watched if one.part.exit_code() is None]:
            waited_s = self._now() - begun_s
            for one in running:
                if waited_s >= one.part.stop_s_max:
                    one.part.kill()
                elif waited_s >= patience_s:
                    self._say(f"{one.part.name} did not stop in {patience_s:.0f} s and is killed")
                    one.part.kill()
            time.sleep(0.02)
        for one in watched:
            one.running = one.ready = False

    def _start_if_due(self, watched: _Watched) -> None:
        now_s = self._now()
        if now_s < watched.restart_s:
            return
        if not watched.ever_ready and not all(self._watched[n].ready for n in watched.part.after):
            return
        watched.started_s = now_s
        try:
            watched.part.launch()
        except (StackError, OSError) as exc:
            self._say(f"{watched.part.name} could not be started: {exc}")
            self._schedule_restart(watched, str(exc))
        else:
            watched.running = True

    def _ended(self, watched: _Watched, code: int) -> None:
        watched.running = watched.ready = False
        part = watched.part
        if part.once and code == 0:
            watched.done = watched.ready = watched.ever_ready = True
            return
        what = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        if watched.ever_ready and self._now() - watched.started_s >= limits.STABLE_RUN_S:
            watched.ends_in_a_row = 0
        self._schedule_restart(watched, what)
        wait_s = watched.restart_s - self._now()
        self._say(f"{part.name} {what}; it is started again in {wait_s:.1f} s (log: {part.log})")

    def _schedule_restart(self, watched: _Watched, what: str) -> None:
        watched.ends_in_a_row += 1
        if not watched.ever_ready and watched.ends_in_a_row >= limits.FIRST_START_ENDS_MAX:
            raise PartFailed(
                f"{watched.part.name} cannot be started ({what}); the end of "
                f"{watched.part.log}:\n{tail(watched.part.log, since=watched.log_begin)}"
            )
        watched.restart_s = self._now() + restart_delay_s(watched.ends_in_a_row)

    def _look(self, watched: _Watched) -> None:
        now_s = self._now()
        if watched.ready or watched.part.once or now_s - watched.asked_s < 0.1:
            return
        status = watched.part.status()
        watched.asked_s = self._now()
        if status == "ready":
            watched.ready = True
            if watched.ever_ready:
                self._say(f"{watched.part.name} is ready again")
            watched.ever_ready = True
        elif not watched.ever_ready and now_s - watched.started_s > limits.FIRST_START_S:
            raise PartFailed(
                f"{watched.part.name} was not ready after {limits.FIRST_START_S:.0f} s "
                f"({status}); the end of {watched.part.log}:\n"
                f"{tail(watched.part.log, since=watched.log_begin)}"
            )
