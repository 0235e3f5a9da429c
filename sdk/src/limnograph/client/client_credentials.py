"""
Tokens for a service that asks as itself: OAuth2 client credentials, for ``connect(auth=...)``.

Rules: a token is asked for ahead of its end, by one thread at a time; whoever has one that is good
waits for nobody, and an endpoint that is away is noticed only when the token has ended. The secret
goes to the endpoint that was set, or that the issuer's discovery names, and nowhere else.
"""

import base64
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from limnograph.client.errors import QueryError
from limnograph.client.limits import (
    TOKEN_BYTES_MAX,
    TOKEN_RENEWED_S,
    TOKEN_RETRIED_S,
    TOKEN_SECONDS_MAX,
    TOKEN_UNTOLD_S,
)

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class TokenUnavailable(OSError):
    """No token could be had; the text says from where and why, without the secret."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A secret is not carried to where an answer points."""

    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


@dataclass(frozen=True, slots=True)
class _Token:
    """A token, and until when it is good and not asked for again, on our clock."""

    text: str
    ends: float
    renewed: float


class ClientCredentials:
    """
    Hands out tokens of a client of an OpenID provider. Thread-safe.

    ::

        auth = ClientCredentials("https://id.example.org/realms/eng", "grafana", secret)
        lake = limnograph.connect("grpc+tls://lake.example:9482", auth=auth)

    Args:
        issuer: The provider's URL; its discovery document is below it.
        client_id: The service.
        client_secret: Its secret; sent to the token endpoint in an Authorization header (Basic).
        scope: What to ask for, where the provider wants that said.
        audience: For whom, where the provider wants that said.
        token_endpoint: Instead of the one that discovery names.
        now: Monotonic seconds.

    Raises:
        QueryError: An address is neither https nor on this machine.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        *,
        scope: str = "",
        audience: str = "",
        token_endpoint: str = "",
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        for address in filter(None, (issuer, token_endpoint)):
            if not _can_be_trusted(address):
                raise QueryError("client", f"{address!r:.200} is no https:// address")
        self._issuer, self._endpoint, self._now = issuer, token_endpoint, now
        pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"
        self._basic = "Basic " + base64.b64encode(pair.encode()).decode()
        wanted = {"grant_type": "client_credentials", "scope": scope, "audience": audience}
        self._body = urlencode({name: text for name, text in wanted.items() if text}).encode()
        self._asking = threading.Lock()
        self._token: _Token | None = None
        self._tried_at = float("-inf")

    def get_token(self) -> str:
        """
        Return a token that is good; waits for the provider if there is none.

        Raises:
            TokenUnavailable: There is none, and none is to be had.
        """
        kept = self._good()
        if kept is not None and (self._now() < kept.renewed or not self._may_ask()):
            return kept.text
        if not self._asking.acquire(blocking=kept is None):
            assert kept is not None, "without a token it waits"
            return kept.text
        try:
            return self._renewed()
        finally:
            self._asking.release()

    def _good(self) -> _Token | None:
        kept = self._token
        return kept if kept is not None and self._now() < kept.ends else None

    def _may_ask(self) -> bool:
        return self._now() - self._tried_at >= TOKEN_RETRIED_S

    def _renewed(self) -> str:
        kept = self._good()
        if kept is not None and self._now() < kept.renewed:
            return kept.text  # another thread has asked meanwhile
        self._tried_at = asked_at = self._now()
        try:
            self._token = self._asked(asked_at)
        except TokenUnavailable:
            if kept is None:
                raise
            return kept.text
        return self._token.text

    def _asked(self, asked_at: float) -> _Token:
        headers = {"Authorization": self._basic, "Accept": "application/json"}
        told = _json_of(self._where(), headers, self._body)
        text, lasts = told.get("access_token"), told.get("expires_in")
        if not isinstance(text, str) or not text:
            raise TokenUnavailable("the token endpoint answers without a token")
        seconds = float(lasts) if isinstance(lasts, int | float) else TOKEN_UNTOLD_S
        ahead = min(TOKEN_RENEWED_S, seconds / 5)
        return _Token(text, asked_at + seconds, asked_at + seconds - ahead)

    def _where(self) -> str:
        if not self._endpoint:
            document = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
            told = _json_of(document, {"Accept": "application/json"})
            found = told.get("token_endpoint")
            if told.get("issuer") != self._issuer:
                raise TokenUnavailable(f"the document at {document} is of another issuer")
            if not isinstance(found, str) or not _can_be_trusted(found):
                raise TokenUnavailable(f"{document} names no token endpoint with https://")
            self._endpoint = found
        return self._endpoint


def _can_be_trusted(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (
        parts.scheme == "http" and host in _LOOPBACK
    ))  # fmt: skip


def _json_of(url: str, headers: dict[str, str], body: bytes | None = None) -> dict[str, Any]:
    """Return the JSON object that *url* answers."""
    try:
        request = urllib.request.Request(url, body, headers)  # noqa: S310 (checked before)
        with _opener.open(request, timeout=TOKEN_SECONDS_MAX) as answer:
            data = answer.read(TOKEN_BYTES_MAX + 1)
        told = json.loads(data)
    except urllib.error.HTTPError as exc:
        with exc:
            said = exc.read(200).decode("utf-8", "replace")
        raise TokenUnavailable(f"{url} answers HTTP {exc.code}: {' '.join(said.split())}") from exc
    except (OSError, ValueError, HTTPException, RecursionError) as exc:
        raise TokenUnavailable(f"no answer from {url}: {exc}") from exc
    if not isinstance(told, dict):
        raise TokenUnavailable(f"{url} answers no JSON object")
    return told
