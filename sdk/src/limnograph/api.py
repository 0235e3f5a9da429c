"""
Starting and stopping: the one place with process-wide state of the SDK.

Rule: nothing here raises into the application or holds it up, except ``flush`` and ``shutdown``,
which wait as long as they are told.
"""

import atexit
import os
import sys
import threading
from collections.abc import Mapping
from typing import Any, ClassVar

from limnograph import last_words as unhandled
from limnograph import recorder, termination
from limnograph.connection import Delivery
from limnograph.counts import Stats
from limnograph.limits import EXIT_TIMEOUT_S, Limits
from limnograph.notices import say
from limnograph.recorder.levels import INFO
from limnograph.recorder.texts import text_of
from limnograph.session import Session
from limnograph.settings import Settings, checked, known_level, seconds

_NOTHING_DONE = Stats(0, 0, 0, 0, 0, 0, {}, 0, "", {}, 0, 0, 0, 0)


class _Current:
    """
    The session of this process, if there is one, and whether the hooks are in place.

    Attributes:
        inherited: Sessions of parents, never used and never freed: freeing their locked parts
            could wait for threads that are not in this process.
    """

    lock = threading.Lock()
    session: Session | None = None
    stats: Stats = _NOTHING_DONE
    inherited: ClassVar[list[Session]] = []
    hooked = False
    multiprocessing_hooked = False


def init(
    service: str | None = None,
    endpoint: str | None = None,
    properties: Mapping[str, str] | None = None,
    *,
    level: str | None = None,
    flush_interval_s: float = 1.0,
    api_key: str | None = None,
    limits: Limits | None = None,
    state_dir: str | None = None,
    spool_dir: str | None = None,
    last_words: bool | None = None,
    on_sigterm: bool | None = None,
    system_metrics: bool | None = None,
    trace_requests: bool | None = None,
) -> bool:
    """
    Begin to record and to send.

    Never raises: what cannot be started is said on stderr, and nothing is recorded.

    Args:
        service: Name of the program in queries; LIMNO_SERVICE, OTEL_SERVICE_NAME, else the
            script's name.
        endpoint: Address of the receiver; LIMNO_INGEST_URI, else ``http://127.0.0.1:9480``.
        properties: Facts about this process (version, region...), on every row of it in SQL, added
            to those of LIMNO_PROCESS_PROPERTIES (``k=v,...``) and OTEL_RESOURCE_ATTRIBUTES.
        level: Most detailed log level to keep: ``fatal`` ... ``trace``; LIMNO_LEVEL, else ``info``.
        flush_interval_s: Seconds between sendings.
        api_key: Sent as a bearer token; LIMNO_API_KEY.
        limits: Bounds on memory and transfer.
        state_dir: Where requests stand until they are acknowledged, so that the next start sends
            what a crash left: LIMNO_STATE_DIR, else a directory in memory; ``none`` for nowhere.
        spool_dir: Directory on disk for requests while the receiver is away; LIMNO_SPOOL_DIR.
        last_words: Log exceptions that nobody handles at fatal: yes unless LIMNO_LAST_WORDS=0.
        system_metrics: Record processor time, memory, collections and more of the process itself
            (on by default; LIMNO_SYSTEM_METRICS).
        trace_requests: Requests and calls that the integrations see are trace spans, in
            ``otel_spans``; off, they are profile spans: on unless LIMNO_TRACE_REQUESTS=0.
        on_sigterm: Where the application has no handler of SIGTERM, send what is left before it
            ends the process: yes unless LIMNO_ON_SIGTERM=0.

    Returns:
        Whether this call started recording; False when it was on already.
    """
    try:
        settings = checked(
            os.environ,
            service=service,
            endpoint=endpoint,
            properties=properties,
            level=level,
            flush_interval_s=flush_interval_s,
            api_key=api_key,
            limits=limits,
            state_dir=state_dir,
            spool_dir=spool_dir,
            last_words=last_words,
            on_sigterm=on_sigterm,
            system_metrics=system_metrics,
            trace_requests=trace_requests,
        )
    except Exception as exc:
        say(f"not recording: {text_of(exc)}")
        return False
    return start_session(settings)


def start_session(
    settings: Settings,
    parent_process_id: str | None = None,
    connection: Delivery | None = None,
) -> bool:
    """
    Begin as ``init`` does, with settings that are checked; False when recording is on already.

    Args:
        settings: From ``settings.checked``, in this process or in its parent.
        parent_process_id: The process that started this one.
        connection: Where requests go; None: over HTTP to the endpoint.
    """
    with _Current.lock:
        if _Current.session is not None:
            return False
        try:
            session = Session(settings, parent_process_id, connection)
        except Exception as exc:
            say(f"not recording: {exc}")
            return False
        _hook(settings)
        _Current.session = session
        session.begin()
        session.recover()
    return True


def flush(timeout_s: float = 10.0) -> bool:
    """
    Send what was recorded so far and wait for it.

    Returns:
        Whether the receiver acknowledged all of it within *timeout_s* seconds.
    """
    session = _Current.session
    return session is None or session.flush(seconds(timeout_s))


def shutdown(timeout_s: float = 10.0) -> bool:
    """
    Stop recording, send what there is, and stop the threads; ``init`` may start anew.

    Returns:
        Whether the receiver acknowledged everything within *timeout_s* seconds; the rest is
        kept in files for the next start, where there is a place for them.
    """
    timeout_s = seconds(timeout_s)
    if not _Current.lock.acquire(timeout=timeout_s):  # held by whom a signal interrupted
        return False
    session, _Current.session = _Current.session, None
    _Current.lock.release()
    if session is None:
        return True
    complete = session.close(timeout_s)
    _Current.stats = session.stats()
    return complete


def stats() -> Stats:
    """Return what was sent, dropped and failed so far; after ``shutdown``, how it ended."""
    session = _Current.session
    return _Current.stats if session is None else session.stats()


def send_image(name: str, format: str, data: bytes, /, **properties: object) -> bool:  # noqa: A002 - the word for it
    """
    Send a picture: a screenshot, a plot, a frame of a camera.

    It becomes a row of ``images``: name, format and data as given, time and module of the call.
    Never raises and never waits; the bytes may be up to ``limits.IMAGE_BYTES_MAX``.

    Args:
        name: What the picture shows.
        format: How the bytes are to be read: ``png``, ``jpeg``...
        data: bytes, bytearray or memoryview; what can change is copied.
        **properties: As for logs.

    Returns:
        Whether the picture was taken; one that was not counts in ``stats().dropped``.
    """
    session = _Current.session
    return session is not None and session.send_image(name, format, data, properties)


def set_level(level: str) -> bool:
    """
    Keep logs up to *level* (``fatal`` ... ``trace``) from now on.

    Returns:
        Whether it holds; False when there is no such level or nothing is recorded.
    """
    number = known_level(level)
    with _Current.lock:
        session = _Current.session
        if session is None or number is None:
            return False
        session.set_level(number)
    return True


def running() -> tuple[Settings, str] | None:
    """Return the settings and the process id of the session, for a child that is to have both."""
    session = _Current.session
    return None if session is None else (session.settings, session.process.process_id)


def traces_requests() -> bool:
    """Whether what the integrations see becomes trace spans."""
    session = _Current.session
    return session is not None and session.settings.trace_requests


def process_id() -> str | None:
    """Return the id that this process has in queries; None when nothing is recorded."""
    session = _Current.session
    return None if session is None else session.process.process_id


def _hook(settings: Settings) -> None:
    """Take our place among what the process does at its ends and at forks."""
    if settings.last_words:
        unhandled.install()
    else:
        unhandled.silence()
    if settings.on_sigterm:
        termination.install(_leave_on_sigterm)
    if _Current.hooked:
        return
    _Current.hooked = True
    atexit.register(shutdown, EXIT_TIMEOUT_S)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_before_fork, after_in_child=_after_fork)


def _leave_on_sigterm() -> None:
    recorder.record_foreign(INFO, ("", 0, "limnograph"), "ending on SIGTERM", (), {})
    shutdown(EXIT_TIMEOUT_S)


def _before_fork() -> None:
    """Arrange for children of multiprocessing, which skip atexit, to flush at their end."""
    util: Any = sys.modules.get("multiprocessing.util")
    if util is not None and not _Current.multiprocessing_hooked:
        _Current.multiprocessing_hooked = True
        util.register_after_fork(_Current, _flush_at_child_exit)


def flush_with_multiprocessing() -> None:
    """Arrange the same in a child that is about to begin; ``fork`` had no part in it."""
    util: Any = sys.modules["multiprocessing.util"]
    util.register_after_fork(_Current, _flush_at_child_exit)


def _flush_at_child_exit(_owner: object) -> None:
    util: Any = sys.modules["multiprocessing.util"]
    util.Finalize(None, shutdown, args=(EXIT_TIMEOUT_S,), exitpriority=0)


def _after_fork() -> None:
    """Give the child a process id of its own and none of its parent's events."""
    recorder.after_fork()
    _Current.lock = threading.Lock()
    parent = _Current.session
    if parent is None:
        return
    _Current.inherited.append(parent)
    try:
        parent.abandon()
        process_id = parent.process.process_id
        session = Session(parent.settings, process_id, parent.connection)
    except Exception as exc:
        recorder.stop()
        _Current.session = None
        say(f"not recording in the child: {exc}")
        return
    _Current.session = session
    session.begin()
