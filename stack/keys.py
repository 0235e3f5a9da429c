"""
``limnod keys``: API keys, for whoever has the database; the first key of a lake comes from here.

A key is printed once, alone on standard output, so that a script can take it.
"""

import argparse
import getpass
import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import get_args

from assets.errors import CallerError
from auth.connections import key_connections
from auth.key_records import KeyRecord, KeyRecords, KeyWish
from auth.principal import Scope
from stack.lake_environment import lake_environment
from stack.settings import StackSettings

_AGE = re.compile(r"(\d{1,5})([dh])")
_HEAD = ("id", "key", "name", "scopes", "audience", "made", "ends", "used", "state")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make a key and print it, once")
    create.add_argument("name", help="what it is for; need not be unique")
    create.add_argument(
        "--scope",
        action="append",
        required=True,
        choices=get_args(Scope),
        help="what it opens: sending, asking, or everything of administrators; may be repeated",
    )
    create.add_argument("--expires", metavar="TIME", help="how long it is good: 90d, 12h")
    create.add_argument("--write-audience", metavar="NAME", help="audience of what it sends")
    create.add_argument(
        "--read-audience", action="append", metavar="NAME", help="audience that it reads"
    )
    create.add_argument(
        "--may-delegate", action="store_true", help="it may say for which person it asks"
    )
    create.set_defaults(act=_create)
    listing = actions.add_parser("list", help="list the keys, revoked ones too")
    listing.set_defaults(act=_list)
    revoke = actions.add_parser("revoke", help="make a key open nothing any more")
    revoke.add_argument("key", help="its id, or the beginning that the list shows")
    revoke.set_defaults(act=_revoke)


def keys(settings: StackSettings, told: argparse.Namespace) -> int:
    """
    Do what is asked.

    Raises:
        CallerError: It cannot be done; the message says why.
        PartFailed: No lake is set, and this machine keeps none.
        StorageUnavailable: Postgres does not answer.
    """
    act: Callable[[KeyRecords, argparse.Namespace], None] = told.act
    with key_connections(lake_environment(settings)["LIMNO_DATABASE_URL"]) as pool:
        act(KeyRecords(pool.connection), told)
    return 0


def expiry(text: str | None, now: datetime) -> datetime | None:
    """
    Return when a key ends that is good for so long.

    Raises:
        CallerError: That is no time.
    """
    if text is None:
        return None
    found = _AGE.fullmatch(text)
    if found is None:
        raise CallerError(f"{text!r:.30} is no time: write 90d or 12h")
    hours = int(found[1]) * (24 if found[2] == "d" else 1)
    return now + timedelta(hours=hours)


def _create(records: KeyRecords, told: argparse.Namespace) -> None:
    wish = KeyWish(
        name=told.name,
        scopes=told.scope,
        write_audience=told.write_audience,
        read_audiences=told.read_audience,
        may_delegate=told.may_delegate,
        expires_at=expiry(told.expires, datetime.now(UTC)),
    )
    key, record = records.mint(wish, by=_who())
    ends = "" if record.expires_at is None else f", good until {_time(record.expires_at)}"
    print(f"made {record.key_id}{ends}; the key is shown only now:", file=sys.stderr)
    print(key)


def _list(records: KeyRecords, told: argparse.Namespace) -> None:
    del told
    print(_table([_HEAD, *map(_line, records.listed())]))


def _revoke(records: KeyRecords, told: argparse.Namespace) -> None:
    record = records.revoke(told.key, by=_who())
    print(f"revoked {record.key_id} ({record.name}); every service refuses it within seconds")


def _who() -> str:
    """Return who is at the keyboard, for the record."""
    return f"limnod: {getpass.getuser()}"


def _line(record: KeyRecord) -> tuple[str, ...]:
    return (
        *(record.key_id, f"{record.prefix}...", record.name, ",".join(record.scopes)),
        *(record.write_audience or "-", _time(record.created_at), _time(record.expires_at)),
        *(_time(record.last_used_at), _state(record)),
    )


def _state(record: KeyRecord) -> str:
    if record.revoked_at is not None:
        return f"revoked by {record.revoked_by}"
    ended = record.expires_at is not None and record.expires_at <= datetime.now(UTC)
    return "ended" if ended else "good"


def _time(time: datetime | None) -> str:
    return "-" if time is None else time.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def _table(lines: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(line[i]) for line in lines) for i in range(len(_HEAD))]
    return "\n".join(
        "  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
