"""The supervisor with real processes: order, readiness, restarts with back-off, stopping."""

import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stack import limits
from stack.errors import PartFailed
from stack.process import identity_of, is_running, wait_until_ended
from stack.program import STACK_ID_VARIABLE, PartSpec, Program, end_leftovers
from stack.supervise import Supervisor, restart_delay_s

ROOT = Path(__file__).resolve().parents[2]
SERVE = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SERVE
PARENT = (
    "import subprocess, sys, time, pathlib\n"
    "child = subprocess.Popen(['/bin/sleep', '600'])\n"
    "pathlib.Path(sys.argv[1]).write_text(str(child.pid))\n"
    "time.sleep(600)\n"
)


class Stage:
    """Parts of small Python programs, a clock that can be moved, and everything that was said."""

    def __init__(self, tmp_path: Path) -> None:
        self.tmp_path = tmp_path
        self.said: list[str] = []
        self.skipped_s = 0.0
        self.programs: list[Program] = []
        self.supervisor: Supervisor | None = None

    def now(self) -> float:
        return time.monotonic() + self.skipped_s

    def part(
        self,
        name: str,
        code: str,
        *,
        after: tuple[str, ...] = (),
        once: bool = False,
        stop_s_max: float = math.inf,
    ) -> Program:
        """A part is ready when the file named after it exists."""
        flag = self.tmp_path / name
        spec = PartSpec(
            name=name,
            command=(sys.executable, "-c", code, str(flag)),
            environment={**os.environ, STACK_ID_VARIABLE: str(self.tmp_path)},
            status=lambda: "ready" if flag.exists() else "no flag",
            after=after,
            once=once,
            stop_s_max=stop_s_max,
        )
        program = Program(spec, self.tmp_path)
        self.programs.append(program)
        return program

    def supervise(self, *parts: Program) -> Supervisor:
        self.supervisor = Supervisor(parts, self.said.append, now=self.now)
        return self.supervisor

    def until(self, condition: Callable[[], object]) -> None:
        assert self.supervisor is not None
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, self.said
            self.supervisor.tick()
            time.sleep(0.01)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    for program in made.programs:
        program.kill()


def test_the_delay_before_a_restart_doubles_up_to_a_limit() -> None:
    """
    A part that keeps ending is tried less and less often, but for ever.
    """
    delays = [restart_delay_s(ends) for ends in range(1, 12)]
    assert delays[:3] == [0.5, 1.0, 2.0]
    assert delays[-1] == limits.RESTART_DELAY_MAX_S
    assert delays == sorted(delays)
    assert restart_delay_s(10_000) == limits.RESTART_DELAY_MAX_S


def test_a_part_starts_after_those_it_needs(stage: Stage) -> None:
    """
    A part waits until what it stands on is ready; work that is done once counts when it succeeded.
    """
    prepare = stage.part("prepare", "import time; time.sleep(0.2)", once=True)
    serve = stage.part("serve", SERVE, after=("prepare",))
    supervisor = stage.supervise(serve, prepare)
    supervisor.tick()
    assert serve.pid is None
    stage.until(supervisor.is_ready)
    assert prepare.exit_code() == 0
    assert serve.pid is not None


def test_a_part_that_ends_is_started_again_with_growing_delay(stage: Stage) -> None:
    """
    Each end is said with the delay before the restart; a long run makes the delay short again.
    """
    serve = stage.part("serve", SERVE)
    supervisor = stage.supervise(serve)
    stage.until(supervisor.is_ready)
    for delay in ("0.5 s", "1.0 s", "2.0 s"):
        first = serve.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        stage.until(lambda: not supervisor.is_ready())
        assert "killed by signal 9" in stage.said[-1]
        assert delay in stage.said[-1]
        stage.skipped_s += limits.RESTART_DELAY_MAX_S
        stage.until(supervisor.is_ready)
        assert stage.said[-1] == "serve is ready again"
        assert serve.pid != first
    stage.skipped_s += limits.STABLE_RUN_S
    assert serve.pid is not None
    os.kill(serve.pid, signal.SIGKILL)
    stage.until(lambda: "0.5 s" in stage.said[-1])


def test_a_part_that_cannot_start_at_all_is_reported_with_its_log(stage: Stage) -> None:
    """
    A part that ends again and again before it was ever ready is not hidden by restarts.
    """
    (stage.tmp_path / "broken.log").write_text("the reason of another day\n")
    stage.supervise(stage.part("broken", "print('the reason'); raise SystemExit(3)"))
    with pytest.raises(PartFailed, match=r"(?s)broken.*code 3.*the reason") as raised:
        stage.until(lambda: setattr(stage, "skipped_s", stage.skipped_s + 1))
    assert "another day" not in str(raised.value)


def test_a_part_that_is_never_ready_is_reported(stage: Stage) -> None:
    """
    The first start has a time limit; the message says what the part was waiting for.
    """
    stage.supervise(stage.part("slow", "import time; time.sleep(600)"))
    stage.until(lambda: stage.programs[0].pid)
    stage.skipped_s += limits.FIRST_START_S + 1
    with pytest.raises(PartFailed, match="no flag"):
        stage.until(lambda: False)


def test_stopping_lets_parts_finish_and_kills_what_does_not(stage: Stage) -> None:
    """
    Every part is asked at the same time; one that does not listen is killed when time is up.
    """
    polite, deaf = stage.part("polite", SERVE), stage.part("deaf", DEAF)
    supervisor = stage.supervise(polite, deaf)
    stage.until(supervisor.is_ready)
    begun = time.monotonic()
    supervisor.stop(drain_s=1.0)
    assert 1.0 <= time.monotonic() - begun < 5.0
    assert polite.exit_code() == -signal.SIGTERM
    assert deaf.exit_code() == -signal.SIGKILL
    assert stage.said == ["deaf did not stop in 1 s and is killed"]


def test_what_a_part_started_ends_with_it(stage: Stage) -> None:
    """
    A worker whose part died must not keep the part's port or data.
    """
    parent = stage.part("parent", PARENT)
    supervisor = stage.supervise(parent)
    flag = stage.tmp_path / "parent"
    stage.until(lambda: supervisor.is_ready() and flag.read_text())
    child = identity_of(int(flag.read_text()))
    assert child is not None
    assert parent.pid is not None
    os.kill(parent.pid, signal.SIGKILL)
    stage.until(lambda: not supervisor.is_ready())
    assert wait_until_ended(child, 5)


def test_errors_in_a_log_are_shown_with_the_name_of_the_part(stage: Stage) -> None:
    """
    People see errors without opening files, at most so many; the rest is counted.
    """
    supervisor = stage.supervise(stage.part("noisy", SERVE))
    stage.until(supervisor.is_ready)
    with (stage.tmp_path / "noisy.log").open("a") as log:
        log.write("all well\n" + "".join(f"ERROR {n}\n" for n in range(50)))
    supervisor.tick()
    assert stage.said == [f"[noisy] ERROR {n}" for n in range(limits.ERROR_LINES_MAX)]
    with (stage.tmp_path / "noisy.log").open("a") as log:
        log.write("ERROR last\n")
    stage.skipped_s += limits.ERROR_WINDOW_S
    supervisor.tick()
    assert stage.said[-2:] == [
        f"[noisy] (30 more error lines are in {stage.tmp_path / 'noisy.log'})",
        "[noisy] ERROR last",
    ]


def test_a_large_log_is_put_aside(stage: Stage) -> None:
    """
    Logs take bounded space: one file of the limit and the one before.
    """
    program = stage.part("serve", SERVE)
    with program.log.open("wb") as log:
        log.truncate(limits.LOG_BYTES_MAX + 1)
    program.keep_log_small()
    assert program.log.stat().st_size == 0
    assert program.log.with_suffix(".log.1").stat().st_size == limits.LOG_BYTES_MAX + 1


def test_a_part_can_be_asked_to_stop_whatever_its_launcher_ignores(stage: Stage) -> None:
    """
    What a process ignores or blocks is inherited; a part must hear SIGTERM all the same.
    """
    ignored = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        part = stage.part("polite", SERVE)
        supervisor = stage.supervise(part)
        stage.until(supervisor.is_ready)
        supervisor.stop(drain_s=5.0)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        signal.signal(signal.SIGTERM, ignored)
    assert part.exit_code() == -signal.SIGTERM


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal")
def test_parts_end_when_their_launcher_is_killed(stage: Stage, tmp_path: Path) -> None:
    """
    SIGKILL leaves a launcher no time to stop anything; the kernel does it.
    """
    code = (
        "import os, pathlib, sys, time\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from stack.program import PartSpec, Program\n"
        "spec = PartSpec(name='part', command=('/bin/sleep', '600'), environment=os.environ,"
        " status=str)\n"
        "part = Program(spec, pathlib.Path(sys.argv[1]).parent)\n"
        "part.launch()\n"
        "pathlib.Path(sys.argv[1]).write_text(str(part.pid))\n"
        "time.sleep(600)\n"
    )
    launcher = stage.part("launcher", code)
    launcher.launch()
    flag = tmp_path / "launcher"
    deadline = time.monotonic() + 10
    while not (flag.exists() and flag.read_text()):
        assert time.monotonic() < deadline, launcher.log.read_text()
        time.sleep(0.01)
    part = identity_of(int(flag.read_text()))
    assert part is not None
    launcher.kill()
    assert wait_until_ended(part, 5)


def test_what_a_killed_launcher_left_is_found_by_its_mark_and_ended(stage: Stage) -> None:
    """
    A later start ends the parts of an earlier one, and only those.
    """
    deaf, other = stage.part("deaf", DEAF), stage.part("other", SERVE)
    deaf.launch()
    other_spec = PartSpec(
        name="other",
        command=("/bin/sleep", "600"),
        environment={**os.environ, STACK_ID_VARIABLE: "of another data directory"},
        status=str,
    )
    other = Program(other_spec, stage.tmp_path)
    other.launch()
    stage.programs.append(other)
    assert deaf.pid is not None
    assert other.pid is not None
    identities = identity_of(deaf.pid), identity_of(other.pid)
    assert end_leftovers(str(stage.tmp_path), patience_s=0.5) == [identities[0]]
    assert identities[0] is not None
    assert identities[1] is not None
    assert not is_running(identities[0])
    assert is_running(identities[1])


def test_a_part_without_work_to_finish_does_not_delay_the_end(stage: Stage) -> None:
    """
    It is killed early, and nobody is alarmed by it.
    """
    supervisor = stage.supervise(stage.part("deaf", DEAF, stop_s_max=0.3))
    stage.until(supervisor.is_ready)
    begun = time.monotonic()
    supervisor.stop(drain_s=30)
    assert time.monotonic() - begun < 5
    assert stage.programs[0].pid is None
    assert not [line for line in stage.said if "killed" in line]
