"""API keys: their form, their records, and how doors see them."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from assets.errors import CallerError, NotFound
from auth import limits
from auth.errors import ProviderUnavailable, Unauthenticated
from auth.key_records import KeyRecords, KeyWish
from auth.key_ring import KeyRing
from auth.key_text import PREFIX, is_key, new_key, shown
from tests.auth.conftest import Clock


def test_a_key_is_recognized_by_its_form() -> None:
    """
    A mistyped key is refused without asking the database, and secret scanners know the prefix.
    """
    key = new_key()
    assert is_key(key)
    assert key.startswith(PREFIX)
    assert key[len(PREFIX) :].isalnum()
    for wrong in ("", "garbage", key[:-1], key + "x", key[:20] + "~" + key[21:], key.swapcase()):
        assert not is_key(wrong)
    assert len({new_key() for _ in range(100)}) == 100


def test_a_key_is_in_no_row(records: KeyRecords, database_url: str) -> None:
    """
    Whoever reads the database cannot come in: it has the hash, and what the key is recognized by.
    """
    key, record = records.mint(KeyWish(name="shop", scopes=["ingest"]), by="ada")
    with psycopg.connect(database_url) as conn:
        row = conn.execute("SELECT api_keys::text FROM api_keys").fetchone()[0]
    assert key not in row
    assert key[len(shown(key)) :] not in row
    assert record.prefix == key[:12]
    assert record.created_by == "ada"


def test_a_key_says_who_calls(records: KeyRecords) -> None:
    """
    Scopes become roles; audiences and delegation are those it was made with.
    """
    wish = KeyWish(
        name="grafana",
        scopes=["query"],
        write_audience="team-a",
        read_audiences=["team-a", "team-b"],
        may_delegate=True,
    )
    key, record = records.mint(wish, by="ada")
    found = KeyRing(records).look_up(key)
    assert (found.subject, found.kind, found.name) == (record.key_id, "key", "grafana")
    assert found.roles == {"reader"}
    assert (found.write_audience, found.read_audiences) == ("team-a", ("team-a", "team-b"))
    assert found.may_delegate


@pytest.mark.parametrize(
    ("scopes", "roles"),
    [
        (["ingest"], {"writer"}),
        (["query"], {"reader"}),
        (["admin"], {"reader", "admin"}),
        (["ingest", "query"], {"reader", "writer"}),
    ],
    ids=["ingest", "query", "admin", "both"],
)
def test_a_scope_is_a_role_and_no_more(
    records: KeyRecords, scopes: list[str], roles: set[str]
) -> None:
    """
    A key for sending reads nothing, and a key for reading sends nothing.
    """
    _, record = records.mint(KeyWish(name="k", scopes=scopes), by="ada")
    assert record.principal().roles == roles


@pytest.mark.parametrize(
    "wish",
    [
        {"name": " ", "scopes": ["query"]},
        {"name": "x" * (limits.KEY_NAME_CHARS_MAX + 1), "scopes": ["query"]},
        {"name": "two\nlines", "scopes": ["query"]},
        {"name": "k", "scopes": []},
        {"name": "k", "scopes": ["everything"]},
        {"name": "k", "scopes": ["query"], "write_audience": "a b"},
        {"name": "k", "scopes": ["query"], "read_audiences": ["x" * 256]},
        {"name": "k", "scopes": ["query"], "read_audiences": ["a"] * (limits.AUDIENCES_MAX + 1)},
        {"name": "k", "scopes": ["query"], "expires_at": datetime(2030, 1, 1)},  # noqa: DTZ001
    ],
    ids=[
        *(
            "no name",
            "long name",
            "lines",
            "no scope",
            "unknown scope",
            "audience",
            "long audience",
        ),
        *("many audiences", "no time zone"),
    ],
)
def test_a_key_that_cannot_be_is_refused(wish: dict) -> None:
    """
    What is wrong is said before anything is stored.
    """
    with pytest.raises(CallerError):
        KeyWish(**wish)


def test_a_revoked_key_opens_nothing_within_seconds(records: KeyRecords, clock: Clock) -> None:
    """
    A door that has just believed a key believes it for `KEYS_KEPT_S` and no longer.
    """
    ring = KeyRing(records, now=clock)
    key, record = records.mint(KeyWish(name="k", scopes=["query"]), by="ada")
    ring.look_up(key)
    records.revoke(record.key_id, by="eve")
    clock.seconds += limits.KEYS_KEPT_S - 0.01
    assert ring.remembered(key)
    clock.seconds += 0.01
    assert ring.remembered(key) is None
    with pytest.raises(Unauthenticated):
        ring.look_up(key)
    with pytest.raises(Unauthenticated):
        ring.remembered(key)


def test_a_revocation_is_named_and_kept(records: KeyRecords) -> None:
    """
    The list says who revoked a key and when; a repetition changes nothing.
    """
    key, record = records.mint(KeyWish(name="k", scopes=["query"]), by="ada")
    first = records.revoke(shown(key), by="eve")
    again = records.revoke(record.key_id, by="mallory")
    assert (first.revoked_by, first.revoked_at) == (again.revoked_by, again.revoked_at)
    assert [one.revoked_by for one in records.listed()] == ["eve"]
    with pytest.raises(NotFound):
        records.revoke("limno_nobody", by="eve")


def test_a_key_ends_when_it_was_to_end(records: KeyRecords, clock: Clock) -> None:
    """
    Also for a door that has believed it a moment ago.
    """
    today = datetime.now(UTC)
    ring = KeyRing(records, now=clock, today=lambda: today)
    soon = KeyWish(name="k", scopes=["query"], expires_at=today + timedelta(hours=1))
    key, _ = records.mint(soon, by="ada")
    today += timedelta(minutes=59, seconds=58)
    ring.look_up(key)
    clock.seconds += 1.9
    assert ring.remembered(key)
    clock.seconds += 0.2
    assert ring.remembered(key) is None
    over = KeyWish(name="k", scopes=["query"], expires_at=today - timedelta(days=1))
    key, _ = records.mint(over, by="ada")
    with pytest.raises(Unauthenticated):
        ring.look_up(key)


def test_the_database_is_asked_once_for_many_requests(records: KeyRecords, clock: Clock) -> None:
    """
    Also for a key that is nobody's, which then costs nothing.
    """
    ring = KeyRing(records, now=clock)
    stranger = new_key()
    with pytest.raises(Unauthenticated):
        ring.look_up(stranger)
    with pytest.raises(Unauthenticated):
        ring.remembered(stranger)
    clock.seconds += limits.KEYS_KEPT_S
    assert ring.remembered(stranger) is None


def test_when_postgres_is_away_a_key_is_not_wrong() -> None:
    """
    Senders would throw their data away.
    """
    gone = KeyRecords(
        lambda: psycopg.connect("postgresql://nobody@127.0.0.1:1/none", connect_timeout=2)
    )
    with pytest.raises(ProviderUnavailable):
        KeyRing(gone).look_up(new_key())


def test_uses_are_written_together(records: KeyRecords) -> None:
    """
    A thousand requests are one row written, when the time has come or the service ends.
    """
    when = datetime(2026, 5, 1, tzinfo=UTC)
    ring = KeyRing(records, today=lambda: when)
    key, _ = records.mint(KeyWish(name="k", scopes=["query"]), by="ada")
    ring.look_up(key)
    for _ in range(1_000):
        ring.remembered(key)
    assert records.listed()[0].last_used_at is None
    ring.close()
    assert records.listed()[0].last_used_at == when
    assert ring._writer is not None
    assert not ring._writer.is_alive()


def test_a_later_use_wins_whoever_writes_it(records: KeyRecords) -> None:
    """
    Services write in any order.
    """
    _, record = records.mint(KeyWish(name="k", scopes=["query"]), by="ada")
    late, early = datetime(2026, 5, 2, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
    records.used({record.key_id: late})
    records.used({record.key_id: early})
    assert records.listed()[0].last_used_at == late
