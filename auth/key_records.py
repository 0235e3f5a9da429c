"""
API keys in Postgres: minted, listed, found, revoked.

Rule: a key is in no row, only its SHA-256; it leaves `mint` once and is never seen again.
"""

import hmac
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from psycopg import Connection
from psycopg.errors import UndefinedTable
from psycopg.rows import dict_row

from assets.errors import CallerError, NotFound, StorageUnavailable
from assets.storage.metadata.session import outages_translated
from auth.key_text import new_key, shown
from auth.limits import AUDIENCE_CHARS_MAX, AUDIENCES_MAX, KEY_NAME_CHARS_MAX, KEYS_LISTED_MAX
from auth.principal import ROLES_OF_SCOPES, Principal, Scope
from auth.remembered import digest

Connect = Callable[[], AbstractContextManager[Connection]]

ISSUER = "limnograph"
"""Who vouches for the principal of an API key."""

_AUDIENCE = re.compile(rf"[A-Za-z0-9_-]{{1,{AUDIENCE_CHARS_MAX}}}")
_COLUMNS = (
    "key_id, key_hash, prefix, name, scopes, write_audience, read_audiences, may_delegate, "
    "created_at, created_by, expires_at, revoked_at, revoked_by, last_used_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """An API key without the key."""

    key_id: str
    prefix: str
    name: str
    scopes: tuple[Scope, ...]
    write_audience: str | None
    read_audiences: tuple[str, ...] | None
    may_delegate: bool
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None
    last_used_at: datetime | None

    def principal(self) -> Principal:
        """Return who calls with it."""
        return Principal(
            subject=self.key_id,
            issuer=ISSUER,
            kind="key",
            name=self.name,
            roles=frozenset(role for one in self.scopes for role in ROLES_OF_SCOPES[one]),
            scopes=self.scopes,
            write_audience=self.write_audience,
            read_audiences=self.read_audiences,
            may_delegate=self.may_delegate,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWish:
    """
    A key as somebody wants it.

    Raises:
        CallerError: It cannot be; the message says why.
    """

    name: str
    scopes: Sequence[str]
    write_audience: str | None = None
    read_audiences: Sequence[str] | None = None
    may_delegate: bool = False
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > KEY_NAME_CHARS_MAX:
            raise CallerError(f"a key has a name, of at most {KEY_NAME_CHARS_MAX} characters")
        if not self.name.isprintable():
            raise CallerError("the name of a key is one line of text")
        known = get_args(Scope)
        wrong = [one for one in self.scopes if one not in known]
        if wrong or not self.scopes:
            raise CallerError(f"the scopes of a key are some of {', '.join(known)}")
        for one in (self.write_audience, *(self.read_audiences or ())):
            if one is not None and not _AUDIENCE.fullmatch(one):
                raise CallerError("an audience is made of letters, digits, _ and -")
        if len(self.read_audiences or ()) > AUDIENCES_MAX:
            raise CallerError(f"a key reads at most {AUDIENCES_MAX} audiences")
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise CallerError("the end of a key has a time zone")


class KeyRecords:
    """
    The table of API keys. Thread-safe.

    Args:
        connect: Opens a connection in autocommit mode, for a block.
    """

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    def mint(self, wish: KeyWish, by: str) -> tuple[str, KeyRecord]:
        """
        Make a key; returns it, for the only time, and its record.

        Args:
            wish: What it is for.
            by: Who makes it.

        Raises:
            StorageUnavailable: Postgres does not answer.
        """
        key = new_key()
        rows = self._rows(
            "INSERT INTO api_keys (key_id, key_hash, prefix, name, scopes, write_audience, "
            "read_audiences, may_delegate, expires_at, created_by) "
            f"VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}",
            (
                *(uuid.uuid4(), digest(key), shown(key), wish.name, sorted(set(wish.scopes))),
                wish.write_audience,
                None if wish.read_audiences is None else list(wish.read_audiences),
                *(wish.may_delegate, wish.expires_at, by),
            ),
        )
        return key, _record(rows[0])

    def listed(self) -> list[KeyRecord]:
        """Return all keys, revoked ones too, the newest first."""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM api_keys ORDER BY created_at DESC, key_id LIMIT %s",
            (KEYS_LISTED_MAX,),
        )
        return [_record(row) for row in rows]

    def find(self, key: str) -> KeyRecord | None:
        """Return the record of a key that opens something now."""
        wanted = digest(key)
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM api_keys WHERE key_hash = %s AND revoked_at IS NULL "
            "AND (expires_at IS NULL OR expires_at > now())",
            (wanted,),
        )
        fitting = [row for row in rows if hmac.compare_digest(bytes(row["key_hash"]), wanted)]
        return _record(fitting[0]) if fitting else None

    def any_usable(self) -> bool:
        """Tell whether anybody could come in with a key."""
        return bool(
            self._rows(
                "SELECT 1 FROM api_keys WHERE revoked_at IS NULL "
                "AND (expires_at IS NULL OR expires_at > now()) LIMIT 1"
            )
        )

    def revoke(self, key_id: str, by: str) -> KeyRecord:
        """
        Make a key open nothing any more; harmless to repeat.

        Args:
            key_id: Its id, or what is shown of the key.
            by: Who revokes it.

        Raises:
            NotFound: There is no such key.
            CallerError: Several keys begin like that.
        """
        found = self._rows(
            "SELECT key_id FROM api_keys WHERE key_id::text = %s OR prefix = %s",
            (key_id, key_id),
        )
        if not found:
            raise NotFound(f"there is no API key {key_id!r:.60}")
        if len(found) > 1:
            raise CallerError(f"several keys begin with {key_id!r:.60}: name one by its id")
        rows = self._rows(
            "UPDATE api_keys SET revoked_at = coalesce(revoked_at, now()), "
            f"revoked_by = coalesce(revoked_by, %s) WHERE key_id = %s RETURNING {_COLUMNS}",
            (by, found[0]["key_id"]),
        )
        return _record(rows[0])

    def revoke_made_by(self, by: str) -> None:
        """Revoke every key that *by* has made."""
        self._rows(
            "UPDATE api_keys SET revoked_at = now(), revoked_by = created_by "
            "WHERE created_by = %s AND revoked_at IS NULL RETURNING 1",
            (by,),
        )

    def used(self, uses: Mapping[str, datetime]) -> None:
        """Record when keys were used last, all in one statement."""
        self._rows(
            "UPDATE api_keys SET last_used_at = greatest(last_used_at, used.at) "
            "FROM unnest(%s::uuid[], %s::timestamptz[]) AS used (key_id, at) "
            "WHERE api_keys.key_id = used.key_id RETURNING 1",
            (list(uses), list(uses.values())),
        )

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        with outages_translated(), self._connect() as conn:
            cursor = conn.cursor(row_factory=dict_row)
            try:
                return cursor.execute(statement, values).fetchall()
            except UndefinedTable:
                raise StorageUnavailable(
                    "the metadata database has no table of API keys yet: `limnod migrate`"
                ) from None


def _record(row: Mapping[str, Any]) -> KeyRecord:
    values = {name: row[name] for name in KeyRecord.__slots__}
    audiences = values["read_audiences"]
    return KeyRecord(
        **{
            **values,
            "key_id": str(values["key_id"]),
            "scopes": tuple(values["scopes"]),
            "read_audiences": None if audiences is None else tuple(audiences),
        }
    )
