"""
The keys that a provider signs with: found by discovery, kept, and fetched anew.

Rules: a request waits for the network only when its key is not known. A provider that is away
changes nothing for keys that are known; for others the answer is that it is away, never that the
token is wrong, until the keys have been fetched after the token was made, and lack its key. However
many ask, a provider is asked once at a time, and not more often than the limits say.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from authlib.oidc.discovery import get_well_known_url
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc import jwk

from auth.documents import fetch_json
from auth.errors import ProviderUnavailable, Unauthenticated
from auth.limits import (
    ISSUED_ROUNDING_S,
    KEYS_REFRESHED_S,
    KEYS_STALE_S_MAX,
    PROVIDER_BACKOFF_S_MAX,
    PROVIDER_KEYS_MAX,
    PROVIDER_TIMEOUT_S,
    REFETCH_S_MIN,
    RSA_BITS_MIN,
)
from auth.settings import check_provider_url

log = logging.getLogger(__name__)

PublicKey = jwk.RSAKey | jwk.ECKey | jwk.OKPKey

_KINDS: Mapping[str, tuple[str, str | None]] = {
    "RS256": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}
"""
Each signature that is taken, and the kind and curve of its keys. A secret is none of them.

EdDSA is the old name of Ed25519 (RFC 9864), which most providers use.
"""

ALGORITHMS = tuple(_KINDS)


@dataclass(frozen=True, slots=True)
class _Known:
    """A key of a provider, public half only."""

    kid: str | None
    kty: str
    curve: str | None
    alg: str | None
    key: PublicKey

    def fits(self, alg: str) -> bool:
        kind = _KINDS[alg]
        return (self.kty, self.curve) == kind and (self.alg is None or _KINDS.get(self.alg) == kind)


class ProviderKeys:
    """
    Keys of one issuer. Thread-safe.

    Args:
        issuer: Its URL, as tokens name it.
        jwks_uri: Where its keys are; empty: where its discovery document says.
        fetch: Returns the JSON object at a URL, or raises `ProviderUnavailable`.
        now: Monotonic seconds.
        today: Unix seconds, in which tokens tell when they were made.
    """

    def __init__(
        self,
        issuer: str,
        jwks_uri: str = "",
        fetch: Callable[[str], dict[str, Any]] = fetch_json,
        now: Callable[[], float] = time.monotonic,
        today: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = issuer
        self._given_uri, self._fetch, self._now, self._today = jwks_uri, fetch, now, today
        self._fetching = threading.Lock()
        self._keys: tuple[_Known, ...] = ()
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._asked_at: float | None = None
        self._asked_today = 0.0
        self._failures = 0
        self._problem = ""
        self.fetches = 0

    def key(self, kid: str | None, alg: str, issued: float = 0.0) -> PublicKey:
        """
        Return the key that checks a token; may wait for the provider.

        Args:
            kid: Its id, as the token says.
            alg: How the token is signed.
            issued: When the token says that it was made, Unix seconds.

        Raises:
            Unauthenticated: The provider has no such key.
            ProviderUnavailable: It cannot be asked now, also as it was asked a moment ago, before
                the token was made.
        """
        begun = self._now()
        found = self.known(kid, alg)
        if found is not None:
            return found
        self._fetch_if_due()
        found = self.known(kid, alg)
        if found is not None:
            return found
        if self._failures or self._is_stale():
            raise ProviderUnavailable(
                f"the keys of {self.issuer} cannot be had now; send this again later"
            )
        asked_for_this = self._asked_at is not None and self._asked_at >= begun
        if not asked_for_this and issued + ISSUED_ROUNDING_S > self._asked_today:
            raise ProviderUnavailable(
                f"the token's key may be newer than the keys of {self.issuer} that are known; "
                "they are fetched again in seconds: send this again"
            )
        raise Unauthenticated("the token is signed with a key that its issuer does not name")

    def known(self, kid: str | None, alg: str) -> PublicKey | None:
        """Return the key if it is known; never waits."""
        found = self._of(kid, alg)
        if found is not None and self._is_old():
            self._refresh_behind()
        return found

    def has(self, kid: str | None, alg: str) -> bool:
        """Tell whether the key is known; never waits, and starts nothing."""
        return self._of(kid, alg) is not None

    def _of(self, kid: str | None, alg: str) -> PublicKey | None:
        if self._is_stale():
            return None
        fitting = [one for one in self._keys if one.fits(alg)]
        if kid is None:
            return fitting[0].key if len(fitting) == 1 else None
        return next((one.key for one in fitting if one.kid == kid), None)

    def _is_stale(self) -> bool:
        return self._fetched_at is None or self._now() - self._fetched_at > KEYS_STALE_S_MAX

    def _is_old(self) -> bool:
        age = self._now() - (self._fetched_at or 0.0)
        return age > KEYS_REFRESHED_S and self._is_due()

    def _is_due(self) -> bool:
        """Tell whether the provider may be asked, for all that is known of the last time."""
        if self._tried_at is None:
            return True
        wait = REFETCH_S_MIN
        if self._failures:
            wait = min(PROVIDER_BACKOFF_S_MAX, 2.0 ** min(self._failures - 1, 10))
        return self._now() - self._tried_at >= wait

    def _fetch_if_due(self) -> None:
        begun = self._now()
        # Who is known to be away is waited for by one request, not by all of them.
        wait_s = 0 if self._failures else 2 * PROVIDER_TIMEOUT_S
        if not self._fetching.acquire(timeout=wait_s):
            raise ProviderUnavailable(f"the keys of {self.issuer} are being fetched; come again")
        try:
            if self._tried_at is not None and self._tried_at >= begun:
                return  # another caller has asked meanwhile
            if self._is_due():
                self._fetch_now()
        finally:
            self._fetching.release()

    def _refresh_behind(self) -> None:
        """Fetch the keys in a thread of its own, unless somebody does already."""

        def refresh() -> None:
            if self._fetching.acquire(blocking=False):
                try:
                    if self._is_due():
                        self._fetch_now()
                finally:
                    self._fetching.release()

        if not self._fetching.locked():
            try:
                threading.Thread(target=refresh, name="provider-keys", daemon=True).start()
            except RuntimeError as exc:  # the next request tries again; this one has its key
                log.warning("no thread could be started for keys of %s: %s", self.issuer, exc)

    def _fetch_now(self) -> None:
        self.fetches += 1
        self._asked_at, self._asked_today = self._now(), self._today()
        try:
            self._keys = _public_keys(self._fetch(self._jwks_uri()))
        except Exception as exc:  # whatever a provider sends: it is away, as one that sends nothing
            self._failures += 1
            if str(exc) != self._problem:
                known = isinstance(exc, ProviderUnavailable)
                log.warning("keys of %s: %s", self.issuer, exc, exc_info=not known)
            self._problem = str(exc)
        else:
            self._failures, self._problem = 0, ""
            self._fetched_at = self._now()
        finally:
            self._tried_at = self._now()

    def _jwks_uri(self) -> str:
        if self._given_uri:
            return self._given_uri
        found = self._fetch(get_well_known_url(self.issuer, external=True))
        if found.get("issuer") != self.issuer:
            raise ProviderUnavailable(
                f"the discovery document of {self.issuer} is of another issuer: "
                f"{found.get('issuer')!r:.200}"
            )
        uri = found.get("jwks_uri")
        try:
            check_provider_url("jwks_uri", uri if isinstance(uri, str) else "")
        except ValueError as exc:
            raise ProviderUnavailable(f"the discovery document of {self.issuer}: {exc}") from exc
        return str(uri)


def _public_keys(document: Mapping[str, Any]) -> tuple[_Known, ...]:
    listed = document.get("keys")
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise ProviderUnavailable("the list of keys has no keys")
    found = [_public_key(one) for one in listed[:PROVIDER_KEYS_MAX] if isinstance(one, dict)]
    return tuple(one for one in found if one is not None)


def _public_key(given: Mapping[str, Any]) -> _Known | None:
    """Return a key that signatures can be checked with; None for any other."""
    kty, use, operations = given.get("kty"), given.get("use"), given.get("key_ops")
    if kty not in {"RSA", "EC", "OKP"} or use not in {None, "sig"}:
        return None
    if isinstance(operations, list) and "verify" not in operations:
        return None
    names = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}[kty]
    public = {"kty": kty, **{name: given[name] for name in names if name in given}}
    try:
        key = jwk.import_key(public)
        material = key.public_key
    except Exception as exc:  # libraries find many words for what is no key; others may be good
        log.warning("a key of a provider cannot be read and is left out: %s", exc)
        return None
    if isinstance(material, RSAPublicKey) and material.key_size < RSA_BITS_MIN:
        log.warning("an RSA key of %d bits is too short and is left out", material.key_size)
        return None
    kid, alg = given.get("kid"), given.get("alg")
    return _Known(
        kid=kid if isinstance(kid, str) else None,
        kty=kty,
        curve=public.get("crv"),
        alg=alg if isinstance(alg, str) else None,
        key=key,  # type: ignore[arg-type]
    )
