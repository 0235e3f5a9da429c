"""
From a signed token to a principal: every check that stands between them.

Rules: the signature is checked with a key of the issuer that the settings name, by an algorithm of
the short list, whatever the token says of itself; no claim counts before. A key is public by
construction, so a token that was "signed" with it as a secret has no algorithm that could take it.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jws import JWSRegistry

from auth.claims import principal_of
from auth.errors import Unauthenticated
from auth.limits import CLOCK_SKEW_S, HEADER_BYTES_MAX, SUBJECT_CHARS_MAX
from auth.principal import Principal
from auth.provider_keys import ALGORITHMS, ProviderKeys
from auth.settings import Issuer

_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
"""Of tokens that are for us; one of another type, as of a logout, proves something else."""


class _Signatures(JWSRegistry):
    """The short list, and nothing else, whatever the library comes to know."""

    max_header_length = HEADER_BYTES_MAX

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError(f"{name!r:.20} is not taken")
        return self.algorithms[name]


_SIGNATURES = _Signatures(strict_check_header=False)
"""Providers add headers of their own; a critical one that is not known is refused all the same."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A token that was found good: whose it is, and until when, Unix seconds."""

    principal: Principal
    expires: float


class Tokens:
    """
    Checks tokens of the issuers that are set. Thread-safe.

    Args:
        issuers: Those whose tokens are taken; one may stand there with several audiences.
        now: Unix seconds.
        keys: Returns the keys of an issuer.
    """

    def __init__(
        self,
        issuers: Sequence[Issuer],
        now: Callable[[], float],
        keys: Callable[[Issuer], ProviderKeys],
    ) -> None:
        self._now = now
        self._issuers: dict[str, list[Issuer]] = {}
        for one in issuers:
            self._issuers.setdefault(one.issuer, []).append(one)
        self.keys = {name: keys(first[0]) for name, first in self._issuers.items()}

    def check(self, token: str) -> Checked:
        """
        Return whose token it is; may wait for its provider.

        Raises:
            Unauthenticated: It is none of ours, or not good now.
            ProviderUnavailable: Its provider must be asked, and does not answer.
        """
        alg, kid, issued, settings = self._taken(token)
        key = self.keys[settings[0].issuer].key(kid, alg, issued)
        try:
            claims = jwt.decode(token, key, registry=_SIGNATURES).claims
        except (JoseError, ValueError, TypeError, RecursionError) as exc:
            raise Unauthenticated("the token's signature is not its issuer's") from exc
        return self._checked(claims, settings)

    def check_form(self, token: str) -> None:
        """
        Return if a provider that is set could have made it; never waits.

        Raises:
            Unauthenticated: None could.
        """
        self._taken(token)

    def asks_nobody(self, token: str) -> bool:
        """Tell whether the key is known that a token says it is signed with."""
        alg, kid, _, settings = self._taken(token)
        return self.keys[settings[0].issuer].has(kid, alg)

    def _taken(self, token: str) -> tuple[str, str | None, float, list[Issuer]]:
        """Return what a token says of itself, if it can be ours: how signed, when, by whom."""
        header, payload = _opened(token)
        settings = self._issuers.get(_text(payload, "iss"))
        if not settings:
            raise Unauthenticated("the token is of an issuer that is not set here")
        alg, kid = header.get("alg"), header.get("kid")
        if alg not in ALGORITHMS:
            raise Unauthenticated(f"the token is not signed with {', '.join(ALGORITHMS)}")
        if str(header.get("typ", "jwt")).lower() not in _TYPES:
            raise Unauthenticated("the token is of a type that is no credential")
        if kid is not None and not isinstance(kid, str):
            raise Unauthenticated("the token's key id is no text")
        made = payload.get("iat")
        believable = isinstance(made, int | float) and made <= self._now() + CLOCK_SKEW_S
        return str(alg), kid, float(made or 0) if believable else 0.0, settings

    def _checked(self, claims: Mapping[str, Any], settings: Sequence[Issuer]) -> Checked:
        """Return the principal of claims whose signature is good."""
        if claims.get("iss") != settings[0].issuer:
            raise Unauthenticated("the token is of an issuer that is not set here")
        named = claims.get("aud")
        audiences = [named] if isinstance(named, str) else named
        ours = audiences if isinstance(audiences, list) else []
        issuer = next((one for one in settings if one.audience in ours), None)
        if issuer is None:
            raise Unauthenticated("the token is for another audience")
        now, expires = self._now(), _time(claims, "exp")
        if expires is None:
            raise Unauthenticated("the token has no end (exp)")
        if now >= expires + CLOCK_SKEW_S:
            raise Unauthenticated("the token has expired: get a new one")
        begins = _time(claims, "nbf")
        if begins is not None and now < begins - CLOCK_SKEW_S:
            raise Unauthenticated("the token is not valid yet: compare the clocks")
        subject = _text(claims, "sub")
        if not 0 < len(subject) <= SUBJECT_CHARS_MAX:
            raise Unauthenticated("the token has no subject (sub), or a very long one")
        return Checked(principal_of(claims, subject, issuer), expires)


def _opened(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and payload, of which nothing is proved; they say which key to take."""
    parts = token.split(".")
    if len(parts) != 3 or not all(parts):
        raise Unauthenticated("the credential is neither an API key of ours nor a signed token")
    return _part(parts[0]), _part(parts[1])


def _part(text: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Unauthenticated("the credential is neither an API key of ours nor a signed token")
    return found


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
        raise Unauthenticated(f"the token's {name} is no time")
    return float(value)
