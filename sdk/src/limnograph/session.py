"""
One process's telemetry from recorder to receiver: the threads, and what happens at the end.

Two daemon threads: *flush* turns what was recorded into requests each interval, *send* talks to
the receiver. They start with the first events, also in the child of a fork; at once where a dead
process of the same service left something to send.
"""

import threading
import time
from itertools import chain
from typing import Any

from limnograph import fault_text, faults, last_words, places, recorder
from limnograph.clock import Calibration
from limnograph.connection import Connection, Delivery
from limnograph.counts import Stats
from limnograph.custody import Custody
from limnograph.faults import Faults
from limnograph.images import ImageQueue
from limnograph.losses import BUFFER_FULL, Losses
from limnograph.notices import Notices
from limnograph.outbox import Outbox
from limnograph.packer import Packer
from limnograph.process import describe
from limnograph.recorder import Metric
from limnograph.recovery import Recovery
from limnograph.sender import Sender
from limnograph.settings import Settings
from limnograph.system_metrics import Sampler

_DROPPED = Metric("limnograph.dropped_events", "events", "limnograph", "", 0)
"""The losses as a metric; properties ``stream`` (a tag) and ``reason``."""

_TAGS = {
    "log": "log",
    "metrics": "metrics",
    "spans": "cpu",
    "traces": "trace",
    "images": "image",
}


class Session:
    """Everything between the recorder and the receiver for one process id."""

    def __init__(
        self,
        settings: Settings,
        parent_process_id: str | None = None,
        connection: Delivery | None = None,
    ) -> None:
        self.settings, self.connection = settings, connection
        self._calibration = Calibration(recorder.ticks, recorder.TICKS_PER_SECOND)
        self.process = describe(
            settings.service, settings.properties, self._calibration.clock, parent_process_id
        )
        self._packer = Packer(self.process, settings.limits)
        self._outbox = Outbox(settings.limits)
        self._losses, notices = Losses(), Notices()
        self._images = ImageQueue(settings.limits.image_bytes_queued_max)
        connection = connection or Connection(settings.endpoint, settings.api_key)
        self._sender = Sender(connection, self._outbox, self._losses, notices)
        self._custody = Custody(settings, self.process, self._outbox, self._losses, notices)
        self._recovery = Recovery(
            self._custody.roots, settings.service, settings.limits, self._outbox, notices
        )
        self._sampler: Sampler | None = None
        self._kept_events = 0
        self._threads: list[threading.Thread] = []
        self._starting = threading.Lock()
        self._draining = threading.Lock()
        self._closed = False
        self._failures = 0
        self._last_failure = ""

    def begin(self) -> None:
        """Let the recorder record for this session."""
        directory = self._custody.begin()
        if directory and self.settings.last_words:
            fault_text.keep_in(directory)
        if self.settings.system_metrics:
            self._sampler = Sampler()
            self._sampler.begin()
        recorder.start(self.settings.level, self.settings.limits, self._on_grant, directory)

    def set_level(self, level: int) -> None:
        """Keep logs up to *level* from now on, in children of forks, too."""
        self.settings = self.settings._replace(level=level)
        recorder.set_level(level)

    def recover(self) -> None:
        """Begin at once, in the background, if a dead process left something to send."""
        roots, service = self._custody.roots, self.settings.service
        if any(root and places.any_dead(root, service) for root in roots):
            self._start_threads()

    def flush(self, timeout_s: float) -> bool:
        """
        Send what was recorded so far.

        Returns:
            Whether the receiver acknowledged all of it within *timeout_s*.
        """
        deadline = time.monotonic() + timeout_s
        lost = self._losses.total()
        self._encode(deadline)
        return self._wait(deadline) and self._losses.total() == lost

    def close(self, timeout_s: float) -> bool:
        """Record nothing more, send what there is, stop the threads; as ``flush`` otherwise."""
        deadline = time.monotonic() + timeout_s
        lost = self._losses.total()
        if self._sampler is not None:
            self._sampler.end()
        self._encode(deadline)
        self._report_losses()
        recorder.stop()
        self._closed = True
        self._encode(deadline)
        recorder.hurry()
        self._wait(deadline)
        self._sender.stop()
        self._recovery.close()
        self._kept_events = self._custody.close(self._packer.log_rows)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))
        self._sender.close()
        return self._losses.total() == lost and not self._kept_events

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
        if self._sampler is not None:
            self._sampler.abandon()
        self._custody.abandon()
        self._recovery.close()

    def stats(self) -> Stats:
        """Return the counts so far."""
        requests, waiting_bytes = self._outbox.size()
        spooled_requests, spooled_bytes = self._outbox.size_on_disk()
        return Stats(
            acknowledged_events=self._sender.events,
            acknowledged_blocks=self._sender.blocks,
            acknowledged_requests=self._sender.requests,
            retries=self._sender.retries,
            waiting_requests=requests + spooled_requests,
            waiting_bytes=waiting_bytes,
            spooled_bytes=spooled_bytes,
            kept_events=self._kept_events,
            recovered_processes=self._recovery.processes,
            recovered_events=self._sender.recovered,
            dropped=self._losses.by_reason(),
            dropped_by_stream={_TAGS[k]: n for k, n in self._losses.by_kind().items()},
            failures=self._failures + self._sender.unreadable + recorder.failures() + Faults.count,
            last_error=self._sender.last_error or self._last_failure or Faults.last,
        )

    def _on_grant(self, urgent: bool) -> None:
        """Run on the application's threads, rarely: start ours, hurry when room gets short."""
        if not self._threads:
            self._custody.recorded(self._packer.log_rows)
            self._start_threads()
        if urgent:
            recorder.hurry()

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
            self._recover()
            recorder.wait(self.settings.flush_interval_s)
            last_words.follow_loops()
            if self._sampler is not None:
                self._sampler.sample_if_due()
            self._encode(time.monotonic() + self.settings.flush_interval_s)
            self._report_losses()

    def _recover(self) -> None:
        try:
            self._recovery.run_if_due()
        except Exception as exc:
            self._failures += 1
            self._last_failure = f"{type(exc).__name__}: {exc}"

    def _encode(self, deadline: float) -> None:
        """Turn what was recorded into waiting requests."""
        if not self._draining.acquire(timeout=max(0.0, deadline - time.monotonic())):
            return
        try:
            self._losses.return_to_sources()
            clock = self._calibration.refresh()
            blocks = chain(recorder.drain(clock), self._images.drain(clock))
            behind = self._sender.failing or self._outbox.size()[0] > 0
            requests = list(self._packer.pack(blocks, clock, apart=behind))
            self._custody.take(requests, self._packer.log_rows, away=self._sender.failing)
            self._custody.alive(self._packer.log_rows)
        except Exception as exc:
            self._failures += 1
            self._last_failure = f"{type(exc).__name__}: {exc}"
        finally:
            for kind, dropped in recorder.dropped().items():
                self._losses.set_total(kind, BUFFER_FULL, dropped)
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
