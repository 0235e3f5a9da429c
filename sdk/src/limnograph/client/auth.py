"""Who asks: what goes into the authorization header of each call."""

import base64
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from limnograph.client.errors import AccessDenied, QueryError

_SCHEMES = ("bearer ", "basic ")


@runtime_checkable
class HasToken(Protocol):
    """Anything that hands out a token; asked before each call, so that it may renew it."""

    def get_token(self) -> Any:
        """Return the token: text, or an object with the text as ``token``."""
        ...


Auth = str | tuple[str, str] | Callable[[], Any] | HasToken | None
"""A bearer token; user and password; an object with ``get_token()``, or a function, of a token."""

Authorize = Callable[[], str | None]
"""Returns the value of the authorization header of one call, None for no header."""


def authorization(auth: Auth) -> Authorize:
    """
    Return what makes the authorization header of each call.

    Raises:
        QueryError: *auth* is nothing of the kind.
    """
    if auth is None:
        return lambda: None
    if isinstance(auth, str):
        fixed = _bearer(auth)
        return lambda: fixed
    if isinstance(auth, tuple) and len(auth) == 2 and all(isinstance(p, str) for p in auth):
        basic = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
        return lambda: basic
    if isinstance(auth, HasToken):
        return lambda: _bearer(_token(auth.get_token))
    if callable(auth):
        return lambda: _bearer(_token(auth))
    raise QueryError(
        "client",
        f"auth is a {type(auth).__name__}: expected a token, (user, password), an object with "
        "get_token(), or a function that returns a token",
    )


def _token(make: Callable[[], Any]) -> Any:
    try:
        made = make()
    except QueryError:
        raise
    except Exception as exc:
        raise AccessDenied("unauthenticated", f"no token: {type(exc).__name__}: {exc}") from exc
    return getattr(made, "token", made)


def _bearer(token: Any) -> str:
    """Return the header of a token; the text of an error never shows it."""
    if not isinstance(token, str) or not token.strip():
        raise QueryError("client", "the token is not text, or is empty")
    token = token.strip()
    if not (token.isascii() and token.isprintable()):
        raise QueryError("client", "the token has characters that a header cannot carry")
    return token if token.lower().startswith(_SCHEMES) else f"Bearer {token}"
