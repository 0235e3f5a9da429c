"""
Follows the TLS files: what is new and whole is used, what is not is reported once and left.

Rule: contents are compared, not times: atomic replacements, links that are turned to another
directory (as Kubernetes does it) and edits in place all look the same.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from query_engine.errors import TlsUnusable
from query_engine.limits import TLS_EXPIRY_WARNING_DAYS
from query_engine.metrics import QueryMetrics
from query_engine.tls.identity import (
    Identity,
    TlsFiles,
    checked,
    fingerprint,
    read_files,
)

log = logging.getLogger(__name__)

_WARN_AGAIN = timedelta(days=1)


class TlsWatch:
    """
    Looks at the files every few seconds, in a thread of its own.

    Args:
        files: What to look at.
        identity: What is used now.
        use: Makes the doors use another identity; raises `TlsUnusable` to keep the old one.
        metrics: Told of every reload.
        now: Aware UTC time.
    """

    def __init__(
        self,
        files: TlsFiles,
        identity: Identity,
        use: Callable[[Identity], None],
        metrics: QueryMetrics,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._files, self._use, self._metrics, self._now = files, use, metrics, now
        self.identity = identity
        self._seen = identity.fingerprint
        self._complaint = ""
        self._warned = datetime.min.replace(tzinfo=UTC)
        self._stop = Event()
        metrics.gauge(
            "limnograph_query_tls_expires_seconds",
            "When the certificate in use ends, Unix seconds",
            lambda: self.identity.expires.timestamp(),  # noqa: PLW0108  (it changes)
        )

    def start(self, every_s: float) -> None:
        """Look from now on."""

        def run() -> None:
            while not self._stop.wait(every_s):
                try:
                    self.look()
                except Exception:
                    log.exception("looking at the TLS files failed; will look again")

        self._warn_of_expiry()
        Thread(target=run, name="tls-watch", daemon=True).start()

    def stop(self) -> None:
        """Look no more; a reload that is under way is not waited for."""
        self._stop.set()

    def look(self) -> None:
        """Look once: use what is new and whole, report what is not, warn of the end."""
        try:
            certificate, key, client_ca = read_files(self._files)
            seen = fingerprint(certificate, key, client_ca)
            if seen != self._seen:
                identity = checked(self._files, certificate, key, client_ca)
                self._use(identity)
                self._used(identity, seen)
            self._complaint = ""
        except TlsUnusable as error:
            self._complain(str(error))
        self._warn_of_expiry()

    def _used(self, identity: Identity, seen: bytes) -> None:
        self.identity, self._seen = identity, seen
        self._warned = datetime.min.replace(tzinfo=UTC)
        self._metrics.tls_reloaded("ok")
        log.info("TLS files reloaded: %s, until %s", identity.subject, identity.expires)

    def _complain(self, text: str) -> None:
        """Say it once: files that are being replaced are looked at again soon."""
        if text == self._complaint:
            return
        self._complaint = text
        self._metrics.tls_reloaded("failed")
        log.error("the new TLS files are not used, the old ones are kept: %s", text)

    def _warn_of_expiry(self) -> None:
        now = self._now()
        left = self.identity.expires - now
        if left > timedelta(days=TLS_EXPIRY_WARNING_DAYS) or now - self._warned < _WARN_AGAIN:
            return
        self._warned = now
        state = "has ended" if left < timedelta(0) else "ends"
        log.warning(
            "the TLS certificate (%s) %s at %s; replace %s and %s",
            self.identity.subject,
            state,
            self.identity.expires,
            self._files.certificate,
            self._files.key,
        )
