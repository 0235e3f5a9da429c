"""
What an API key looks like: a prefix by which scanners and people know it, a secret, a checksum.

The checksum lets a door refuse a mistyped key, or none at all, without asking the database.
"""

import hmac
import secrets
import string
import zlib

PREFIX = "limno_"
SHOWN_CHARS = len(PREFIX) + 6
"""So much of a key is kept to recognize it by."""

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SECRET_CHARS = 43  # of 62 letters: 256 bits
_CHECK_CHARS = 6


def new_key() -> str:
    """Return a key that nobody can guess."""
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_CHARS))
    return PREFIX + secret + _checksum(PREFIX + secret)


def is_key(text: str) -> bool:
    """Tell whether *text* has the form of a key, checksum included."""
    return (
        text.startswith(PREFIX)
        and len(text) == len(PREFIX) + _SECRET_CHARS + _CHECK_CHARS
        and text.isascii()
        and hmac.compare_digest(_checksum(text[:-_CHECK_CHARS]), text[-_CHECK_CHARS:])
    )


def shown(key: str) -> str:
    """Return what may be shown of a key."""
    return key[:SHOWN_CHARS]


def _checksum(text: str) -> str:
    number, letters = zlib.crc32(text.encode()), ""
    for _ in range(_CHECK_CHARS):
        number, digit = divmod(number, len(_ALPHABET))
        letters = _ALPHABET[digit] + letters
    return letters
