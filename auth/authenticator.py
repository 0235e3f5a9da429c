"""
The one place where a request's credential becomes a principal, for every door.

What is remembered is answered at once; the rest may wait for Postgres or for a provider. However
many requests bring one credential, it is looked up once for all of them, and only so many are
looked up at a time, in lines of their own: keys, tokens, and of both those that need not wait
behind strangers. Doors with one event loop use `AsyncAuthenticator`, which waits in threads.

Rule: whatever goes wrong here on the way to an answer, the answer is that there is none yet: never
that the credential is wrong, and never a pass.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, get_args

from assets.errors import LakeError
from auth.credential import credential_of
from auth.errors import ProviderUnavailable, Unauthenticated
from auth.key_ring import KeyRing
from auth.key_text import PREFIX
from auth.limits import LOOKUP_THREADS_MAX, TOKENS_KEPT_MAX, TOKENS_KEPT_S
from auth.lookups import AsyncLookups, Lookups
from auth.principal import Principal
from auth.provider_keys import ProviderKeys
from auth.remembered import Remembered, digest
from auth.settings import Issuer
from auth.tokens import Tokens

Values = Iterable[str | bytes]

Line = Literal["known key", "key", "token of a known key", "token"]
"""Where a credential waits: API keys that were good lately, tokens that ask no provider, others."""

log = logging.getLogger(__name__)


def no_answer(exc: Exception) -> ProviderUnavailable:
    """Return what a caller is told after a fault of ours, which the log has."""
    log.error("who calls could not be found out", exc_info=exc)
    return ProviderUnavailable("who calls cannot be found out now; send this again later")


def _keys_of(issuer: Issuer) -> ProviderKeys:
    return ProviderKeys(issuer.issuer, issuer.jwks_uri)


class Authenticator:
    """
    Says who calls. Thread-safe.

    Args:
        issuers: Providers whose tokens are taken.
        keys: API keys; None where there are none.
        anybody: Who a caller is where no credential is wanted; None: a credential is wanted.
        now: Unix seconds, by which tokens end.
        keys_of: Returns the keys of an issuer.
        closing: Called when it is closed, after all else.
    """

    def __init__(
        self,
        issuers: Sequence[Issuer] = (),
        keys: KeyRing | None = None,
        *,
        anybody: Principal | None = None,
        now: Callable[[], float] = time.time,
        keys_of: Callable[[Issuer], ProviderKeys] = _keys_of,
        closing: Callable[[], None] = lambda: None,
    ) -> None:
        self.anybody, self.keys, self._now = anybody, keys, now
        self.tokens = Tokens(issuers, now, keys_of)
        self._checked: Remembered[Principal] = Remembered(TOKENS_KEPT_MAX, now)
        self._closing = closing
        self._lookups: dict[Line, Lookups[Principal]] = {line: Lookups() for line in get_args(Line)}

    @property
    def is_open(self) -> bool:
        """Whether everybody is let in."""
        return self.anybody is not None

    def authenticate(self, values: Values, *, also: Values = ()) -> Principal:
        """
        Return who calls; may wait.

        Args:
            values: Those of the Authorization headers.
            also: As for `credential_of`.

        Raises:
            Unauthenticated: Nobody that is known.
            ProviderUnavailable: Whoever could say does not answer.
            Overloaded: Too many wait for such an answer already.
        """
        if self.anybody is not None:
            return self.anybody
        try:
            credential = credential_of(values, also=also)
            found = self.remembered(credential)
            return found or self.look_up(credential)
        except LakeError:
            raise
        except Exception as exc:
            raise no_answer(exc) from exc

    def remembered(self, credential: str) -> Principal | None:
        """
        Return whose credential it is if that is known; never waits.

        Raises:
            Unauthenticated: It is known that it is nobody's.
        """
        if not credential.startswith(PREFIX):
            return self._checked.get(digest(credential))
        if self.keys is None:
            raise Unauthenticated("there are no API keys here")
        return self.keys.remembered(credential)

    def look_up(self, credential: str) -> Principal:
        """Return whose credential it is; may wait, and raises as `authenticate`."""
        self.check_form(credential)
        lookups = self._lookups[self.line(credential)]
        return lookups.of(digest(credential), lambda: self.ask(credential))

    def line(self, credential: str) -> Line:
        """Return where a credential waits whose form is good; never waits itself."""
        if credential.startswith(PREFIX):
            return "known key" if self.keys and self.keys.was_good(credential) else "key"
        return "token of a known key" if self.tokens.asks_nobody(credential) else "token"

    def check_form(self, credential: str) -> None:
        """
        Return if it is worth asking for; never waits, and takes no place.

        Raises:
            Unauthenticated: Nobody who could be asked would know it.
        """
        if not credential.startswith(PREFIX):
            self.tokens.check_form(credential)

    def ask(self, credential: str) -> Principal:
        """Ask whose credential it is, in the calling thread and whoever asks beside it."""
        if credential.startswith(PREFIX):
            if self.keys is None:
                raise Unauthenticated("there are no API keys here")
            return self.keys.look_up(credential)
        checked = self.tokens.check(credential)
        end = min(checked.expires, self._now() + TOKENS_KEPT_S)
        self._checked.put(digest(credential), checked.principal, end)
        return checked.principal

    def close(self) -> None:
        """Write what waits to be written, and let go of what was opened for it."""
        if self.keys is not None:
            self.keys.close()
        self._closing()


class AsyncAuthenticator:
    """
    The same for a service of one event loop, which is never held up.

    Args:
        authenticator: What says who calls.
    """

    def __init__(self, authenticator: Authenticator) -> None:
        self.sync = authenticator
        self._threads: dict[Line, ThreadPoolExecutor] = {
            line: ThreadPoolExecutor(LOOKUP_THREADS_MAX, f"auth {line}") for line in get_args(Line)
        }
        self._lookups: dict[Line, AsyncLookups[Principal]] = {
            line: AsyncLookups(threads) for line, threads in self._threads.items()
        }

    async def authenticate(self, values: Values, *, also: Values = ()) -> Principal:
        """Return who calls; raises as `Authenticator.authenticate`."""
        if self.sync.anybody is not None:
            return self.sync.anybody
        try:
            credential = credential_of(values, also=also)
            found = self.sync.remembered(credential)
            if found is not None:
                return found
            self.sync.check_form(credential)
            lookups = self._lookups[self.sync.line(credential)]
            return await lookups.of(digest(credential), lambda: self.sync.ask(credential))
        except LakeError:
            raise
        except Exception as exc:
            raise no_answer(exc) from exc

    def close(self) -> None:
        """End the threads, and write what waits to be written; the last thing that is called."""
        for threads in self._threads.values():
            threads.shutdown(wait=False, cancel_futures=True)
        self.sync.close()
