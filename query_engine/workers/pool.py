"""
The pool of workers: hands one to each query, takes it back, and replaces what is gone.

Rule: a worker belongs to one query until the warden has said that it rests or that its process is
gone. Only then is the query's slot free.
"""

import contextlib
import logging
import select
import signal
import socket
import subprocess
import time
import weakref
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Condition, Thread

from query_engine.errors import ShuttingDown, WorkerDied
from query_engine.limits import (
    SWOLLEN_BYTES_MAX,
    WORKER_QUERIES_MAX,
    WORKER_START_SECONDS_MAX,
    WORKER_STARTS_MAX,
    WORKERS_IDLE_MIN,
)
from query_engine.workers import control, framing
from query_engine.workers.control import Command, Report
from query_engine.workers.directory import PoolDirectory
from query_engine.workers.slots import SlotReader
from query_engine.workers.start import PoolOptions, start_warden
from query_engine.workers.worker import Task, Worker

log = logging.getLogger(__name__)

_STEP_S = 0.1
_CLOSE_SECONDS = 5.0


class WorkerPool:
    """
    Starts workers ahead and keeps them. Thread-safe.

    Args:
        options: How many and how large.
        on_replaced: Called with the reason when a worker is gone.

    Attributes:
        scratch: Where queries may put files.

    Raises:
        ScratchUnusable: The directory cannot be used.
    """

    def __init__(
        self, options: PoolOptions, on_replaced: Callable[[str], None] = lambda _: None
    ) -> None:
        self.options, self._on_replaced = options, on_replaced
        self._directory = PoolDirectory(options.scratch)
        self.scratch: Path = self._directory.path
        self._changed = Condition()
        self._workers: dict[int, Worker] = {}
        self._idle: list[Worker] = []
        self._number = self._failed_starts = 0
        self._closed = False
        self._epoll = select.epoll()
        self._begin()
        self._thread = Thread(target=self._listen, name="workers", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> int:
        """Workers whose process lives."""
        return len(self._workers)

    @property
    def memory_bytes(self) -> int:
        """What running queries use now."""
        with self._changed:
            tasks = [worker.task for worker in self._workers.values()]
        return sum(task.usage.memory_bytes for task in tasks if task)

    def run(self, task: Task, payload: bytes) -> Worker:
        """
        Give a packed plan to a worker, waiting for one if need be.

        Once this returns, the task's ``on_stopped`` will be called.

        Raises:
            LakeError: The task's token said so, or there is no worker.
        """
        worker = self._taken(task)
        task.token.on_cancel(partial(self.end, worker, task))
        # A worker that is gone is noticed by who reads from it.
        with contextlib.suppress(OSError):
            framing.send(worker.socket, framing.PLAN, payload)
        return worker

    def rest(self, worker: Worker, task: Task) -> None:
        """Take a worker back that has sent the end of its plan."""
        with self._changed:
            if worker.task is task and worker.state == "busy":
                worker.state = "resting"
                self._order("rest", worker)

    def end(self, worker: Worker, task: Task) -> None:
        """End a worker that still runs *task*; harmless when it does not."""
        with self._changed:
            if worker.task is task and worker.state == "busy":
                self._order("end", worker)

    def close(self) -> None:
        """End every worker and remove the files; harmless to repeat."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
            self._warden.shutdown(socket.SHUT_RDWR)
        self._thread.join(_CLOSE_SECONDS)
        self._warden.close()
        self._directory.close()

    def _begin(self) -> None:
        self._warden, self._process = start_warden(self.options, self.scratch)
        self._epoll.register(self._warden, select.EPOLLIN)
        with self._changed:
            self._fill()

    def _taken(self, task: Task) -> Worker:
        deadline = time.monotonic() + WORKER_START_SECONDS_MAX
        tried = False
        with self._changed:
            while not self._idle:
                if self._closed:
                    raise ShuttingDown("the query service is stopping; try again later")
                task.token.check()
                if self._failed_starts >= WORKER_STARTS_MAX and not self._starting():
                    if tried:
                        raise WorkerDied("no worker process can be started; the log says why")
                    tried = True
                    self._start()
                if time.monotonic() > deadline:
                    raise WorkerDied("no worker process became ready in time; try again later")
                self._changed.wait(_STEP_S)
            worker = self._idle.pop(0)  # the one whose allocator had most time to give back
            worker.state, worker.task, task.usage.pid = "busy", task, worker.pid
            task.slots = worker.slots
            self._order(
                "watch",
                worker,
                seconds=task.token.seconds_left,
                memory_bytes_max=task.memory_bytes_max,
            )
            self._fill()
        return worker

    def _starting(self) -> int:
        return sum(worker.state == "starting" for worker in self._workers.values())

    def _fill(self) -> None:
        """Start workers until a few are ready beyond the busy ones."""
        if self._closed or self._failed_starts >= WORKER_STARTS_MAX:
            return
        # One at rest is ready in a moment; it must not be taken for one that is missing.
        busy = sum(
            bool(worker.leaving) or worker.state in {"busy", "cooling"}
            for worker in self._workers.values()
        )
        while len(self._workers) < min(self.options.workers_max, busy + WORKERS_IDLE_MIN):
            self._start()

    def _start(self) -> None:
        self._number += 1
        ours, theirs = framing.pair()
        worker = Worker(self._number, ours)
        # Its reader may still want what it has sent before it ended.
        weakref.finalize(worker, ours.close)
        self._workers[worker.number] = worker
        self._epoll.register(ours, select.EPOLLIN)
        with theirs:
            self._order("start", worker, descriptors=(theirs.fileno(),))

    def _order(
        self,
        order: control.Order,
        worker: Worker,
        *,
        seconds: float = 0.0,
        memory_bytes_max: int = 0,
        descriptors: tuple[int, ...] = (),
    ) -> None:
        command = Command(order, worker.number, seconds, memory_bytes_max)
        # A warden that is gone is noticed by the listener.
        with contextlib.suppress(OSError):
            control.send(self._warden, command, descriptors)

    def _listen(self) -> None:
        while True:
            for descriptor, _ in self._epoll.poll():
                if descriptor != self._warden.fileno():
                    self._greet(descriptor)
                    continue
                try:
                    report = control.receive_report(self._warden)
                except ConnectionError:
                    report = None
                if report is not None:
                    self._take_report(report)
                    continue
                self._lose_warden()
                if self._closed:
                    self._epoll.close()
                    return

    def _greet(self, descriptor: int) -> None:
        """A starting worker has said that it is ready, or is gone."""
        self._epoll.unregister(descriptor)
        with self._changed:
            for worker in self._workers.values():
                if worker.state == "starting" and worker.socket.fileno() == descriptor:
                    ready = framing.receive_ready(worker.socket)
                    if ready is not None:
                        worker.state, self._failed_starts = "idle", 0
                        worker.pid, worker.slots = ready[0], SlotReader(ready[1])
                        self._idle.append(worker)
                        self._changed.notify_all()
                    return

    def _take_report(self, report: Report) -> None:
        stopped: Task | None = None
        with self._changed:
            worker = self._workers.get(report.worker)
            if worker is None:
                return
            if worker.task is not None:
                worker.task.usage.update(report)
            if report.kind == "rested":
                stopped, worker.task = worker.task, None
                self._rested(worker, report.memory_bytes)
            elif report.kind == "settled" and worker.state == "cooling":
                self._offer(worker)
            elif report.kind == "swollen" and worker.state in {"idle", "cooling"}:
                self._dismiss(worker, "swollen")
            elif report.kind == "ended":
                stopped, worker.task = worker.task, None
                self._bury(worker, report, stopped)
            self._changed.notify_all()
        if report.said:
            log.warning("worker %d said: %s", report.pid, report.said)
        if stopped is not None:
            stopped.stop(report)

    def _rested(self, worker: Worker, memory_bytes: int) -> None:
        worker.plans += 1
        if worker.plans >= WORKER_QUERIES_MAX:
            self._dismiss(worker, "old")
        elif memory_bytes > SWOLLEN_BYTES_MAX:
            # What the allocator has not given back yet would count to the next query.
            worker.state = "cooling"
        else:
            self._offer(worker)

    def _offer(self, worker: Worker) -> None:
        worker.state = "idle"
        self._idle.append(worker)

    def _dismiss(self, worker: Worker, reason: str) -> None:
        if worker in self._idle:
            self._idle.remove(worker)
        worker.state, worker.leaving = "resting", reason
        self._order("end", worker)

    def _bury(self, worker: Worker, report: Report, task: Task | None) -> None:
        del self._workers[worker.number]
        if worker in self._idle:
            self._idle.remove(worker)
        if worker.state == "starting":
            self._failed_starts += 1
            log.error("a worker did not start: %s", report.said)
        worker.state, worker.slots = "ended", None
        reason = worker.leaving or {"memory": "memory", "time": "time", "told": "cancelled"}.get(
            report.why, "died"
        )
        if not worker.leaving and not report.why:
            log.error("worker %d ended with status %d", report.pid, report.status)
        del task
        self._on_replaced(reason)
        self._fill()

    def _lose_warden(self) -> None:
        """The warden is gone, and all workers with it."""
        self._epoll.unregister(self._warden)
        try:
            self._process.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with self._changed:
            workers = list(self._workers.values())
            self._workers.clear()
            self._idle.clear()
            for worker in workers:
                worker.state, worker.slots = "ended", None
            self._changed.notify_all()
        for worker in workers:
            if not self._closed:
                self._on_replaced("died")
            if worker.task is not None:
                worker.task.stop(Report("ended", worker.number, status=signal.SIGKILL))
        if not self._closed:
            log.error("the parent of the workers ended; starting another")
            self._warden.close()
            self._begin()
