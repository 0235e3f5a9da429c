"""
One process's telemetry from recorder to receiver: the threads, and what happens at the end.

Two daemon threads: *flush* turns what was recorded into requests each interval, *send* talks to
the receiver. They start with the first events, also in the child of a fork.
"""

import threading
import time
from collections.abc import Mapping
from itertools import chain
from typing import Any, NamedTuple

from limnograph import faults, recorder
from limnograph import losses as reasons
from limnograph.clock import Calibration
from limnograph.connection import Connection
from limnograph.faults import Faults
from limnograph.images import ImageQueue
from limnograph.limits import Limits
from limnograph.losses import Losses
from limnograph.outbox import Outbox
from limnograph.packer import Packer
from limnograph.process import describe
from limnograph.recorder.metrics import Metric
from limnograph.sender import Sender

_DROPPED = Metric("limnograph.dropped_events", "events", "limnograph", "", 0)
"""The losses as a metric; properties ``stream`` (log, metrics, cpu) and ``reason``."""

_TAGS = {"log": "log", "metrics": "metrics", "spans": "cpu", "images": "image"}


class Settings(NamedTuple):
    """What ``init`` was told."""

    service: str
    endpoint: str
    properties: Mapping[str, str]
    level: int
    flush_interval_s: float
    api_key: str | None
    limits: Limits


class Stats(NamedTuple):
    """
    What the SDK did so far in this process.

    Attributes:
        acknowledged_events: Events that the receiver has stored.
        acknowledged_blocks: Blocks that the receiver has stored.
        acknowledged_requests: Requests that the receiver has answered with 2xx.
        retries: Attempts that failed and are or were repeated.
        waiting_requests: Requests encoded and not yet acknowledged.
        waiting_bytes: Their bytes.
        dropped: Events lost, by reason.
        failures: Errors of the SDK itself, caught.
        last_error: What the receiver or the network said last when something failed.
    """

    acknowledged_events: int
    acknowledged_blocks: int
    acknowledged_requests: int
    retries: int
    waiting_requests: int
    waiting_bytes: int
    dropped: Mapping[str, int]
    failures: int
    last_error: str


class Session:
    """Everything between the recorder and the receiver for one process id."""

    def __init__(self, settings: Settings, parent_process_id: str | None = None) -> None:
        self.settings = settings
        self._calibration = Calibration(recorder.ticks, recorder.TICKS_PER_SECOND)
        self.process = describe(
            settings.service, settings.properties, self._calibration.clock, parent_process_id
        )
        self._packer = Packer(self.process, settings.limits)
        self._outbox = Outbox(settings.limits)
        self._losses = Losses()
        self._images = ImageQueue(settings.limits.image_bytes_queued_max)
        connection = Connection(settings.endpoint, settings.api_key)
        self._sender = Sender(connection, self._outbox, self._losses)
        self._threads: list[threading.Thread] = []
        self._starting = threading.Lock()
        self._draining = threading.Lock()
        self._due = threading.Event()
        self._closed = False
        self._failures = 0
        self._last_failure = ""

    def begin(self) -> None:
        """Let the recorder record for this session."""
        recorder.start(self.settings.level, self.settings.limits, self._on_grant)

    def flush(self, timeout_s: float) -> bool:
        """
        Send what was recorded so far.

        Returns:
            Whether the receiver acknowledged all of it within *timeout_s*.
        """
        deadline = time.monotonic() + timeout_s
        lost = sum(self._losses.by_reason().values())
        self._encode(deadline)
        return self._wait(deadline) and sum(self._losses.by_reason().values()) == lost

    def close(self, timeout_s: float) -> bool:
        """Record nothing more, send what there is, stop the threads; as ``flush`` otherwise."""
        deadline = time.monotonic() + timeout_s
        lost = sum(self._losses.by_reason().values())
        self._encode(deadline)
        self._report_losses()
        recorder.stop()
        self._closed = True
        self._encode(deadline)
        self._due.set()
        self._wait(deadline)
        self._sender.stop()
        for request in self._outbox.take_all():
            self._losses.add(request, reasons.EXIT)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))
        self._sender.close()
        return sum(self._losses.by_reason().values()) == lost

    def send_image(
        self, name: object, format_: object, data: object, properties: dict[str, Any]
    ) -> bool:
        """Queue an image; False when it cannot be. See ``ImageQueue``."""
        try:
            taken = self._images.offer(name, format_, data, properties)
        except Exception as exc:
            faults.count(exc)
            return False
        self._on_grant(self._images.half_full())
        return taken

    def abandon(self) -> None:
        """Let go, in the child of a fork, of what belongs to the parent."""
        self._sender.abandon()

    def stats(self) -> Stats:
        """Return the counts so far."""
        requests, waiting_bytes = self._outbox.size()
        return Stats(
            acknowledged_events=self._sender.events,
            acknowledged_blocks=self._sender.blocks,
            acknowledged_requests=self._sender.requests,
            retries=self._sender.retries,
            waiting_requests=requests,
            waiting_bytes=waiting_bytes,
            dropped=self._losses.by_reason(),
            failures=self._failures + recorder.failures() + Faults.count,
            last_error=self._sender.last_error or self._last_failure or Faults.last,
        )

    def _on_grant(self, urgent: bool) -> None:
        """Run on the application's threads, rarely: start ours, hurry when room gets short."""
        if not self._threads:
            self._start_threads()
        if urgent:
            self._due.set()

    def _start_threads(self) -> None:
        if not self._starting.acquire(blocking=False):
            return
        try:
            if self._threads or self._closed:
                return
            started = []
            for name, run in (("flush", self._flush_loop), ("send", self._sender.run)):
                thread = threading.Thread(target=run, name=f"limnograph-{name}", daemon=True)
                thread.start()
                started.append(thread)
            self._threads = started
        except RuntimeError as exc:  # the interpreter is ending: the exit flush sends
            self._last_failure = f"no thread: {exc}"
        finally:
            self._starting.release()

    def _flush_loop(self) -> None:
        while not self._closed:
            self._due.wait(self.settings.flush_interval_s)
            self._due.clear()
            self._encode(time.monotonic() + self.settings.flush_interval_s)
            self._report_losses()

    def _encode(self, deadline: float) -> None:
        """Turn what was recorded into waiting requests."""
        if not self._draining.acquire(timeout=max(0.0, deadline - time.monotonic())):
            return
        try:
            self._losses.return_to_sources()
            clock = self._calibration.refresh()
            batches = chain(
                recorder.drain(clock.origin_ticks), self._images.drain(clock.origin_ticks)
            )
            for request in self._packer.pack(batches, clock):
                if not self._outbox.offer(request):
                    self._losses.add(request, reasons.OUTBOX_FULL)
        except Exception as exc:
            self._failures += 1
            self._last_failure = f"{type(exc).__name__}: {exc}"
        finally:
            for kind, dropped in recorder.dropped().items():
                self._losses.set_total(kind, reasons.BUFFER_FULL, dropped)
            for reason, dropped in self._images.dropped.items():
                self._losses.set_total("images", reason, dropped)
            self._draining.release()

    def _report_losses(self) -> None:
        """Record the losses as a metric, once the receiver takes events again."""
        if self._outbox.full():
            return
        for kind, reason, events in self._losses.unreported():
            _DROPPED.record(events, stream=_TAGS[kind], reason=reason)

    def _wait(self, deadline: float) -> bool:
        """Wait until the receiver has decided on all that waits; False at the deadline."""
        if any(thread.name == "limnograph-send" and thread.is_alive() for thread in self._threads):
            self._sender.hurry()
        else:
            self._sender.pump(deadline)
        return self._outbox.wait_settled(max(0.0, deadline - time.monotonic()))
