"""
The credential of a request: where it may stand, and what it looks like.

Rule: a request with two credentials, or with one that cannot be read, has none; a proxy and we
could disagree on which of them counts.
"""

import base64
import binascii
from collections.abc import Iterable

from auth.errors import Unauthenticated
from auth.limits import CREDENTIAL_CHARS_MAX

AUTHORIZATION = "authorization"

HOW = "send `Authorization: Bearer <API key or token>`"


def credential_of(values: Iterable[str | bytes], *, also: Iterable[str | bytes] = ()) -> str:
    """
    Return the credential that a request brings.

    Args:
        values: Those of its Authorization headers.
        also: Those of a header that carries the bare credential, where a sender can send no other.

    Raises:
        Unauthenticated: There is none, or not one.
    """
    lines = [_text(value) for value in values]
    bare = [text for text in map(_text, also) if text]
    if len(lines) + len(bare) > 1:
        raise Unauthenticated(f"the request has several credentials: {HOW} once")
    if bare:
        return _checked(bare[0])
    if not lines:
        raise Unauthenticated(f"a credential is needed: {HOW}")
    scheme, _, rest = lines[0].strip().partition(" ")
    match scheme.lower():
        case "bearer":
            return _checked(rest.strip())
        case "basic":
            return _checked(_password(rest.strip()))
        case _:
            raise Unauthenticated(f"the Authorization header is neither Bearer nor Basic: {HOW}")


def is_basic(value: str) -> bool:
    """Tell whether an Authorization header carries a user and a password."""
    return value.strip().lower().startswith("basic ")


def _password(encoded: str) -> str:
    """Return the password; the user may be anything, as the key says who it is."""
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        raise Unauthenticated("the Authorization header is no valid Basic credential") from None
    user, _, password = text.partition(":")
    return password or user


def _checked(credential: str) -> str:
    if not credential:
        raise Unauthenticated(f"the credential is empty: {HOW}")
    if len(credential) > CREDENTIAL_CHARS_MAX:
        raise Unauthenticated(
            f"the credential has more than CREDENTIAL_CHARS_MAX = {CREDENTIAL_CHARS_MAX} characters"
        )
    if not (credential.isascii() and credential.isprintable()) or " " in credential:
        raise Unauthenticated("the credential has characters that none of ours has")
    return credential


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
