"""The key of the parts that `limnod up` starts."""

from functools import partial

import psycopg
import pytest

from auth.errors import ExposedWithoutLogin
from auth.key_records import KeyRecords, KeyWish
from stack.own_key import VARIABLE, with_own_key


@pytest.fixture
def records(database_url: str) -> KeyRecords:
    return KeyRecords(partial(psycopg.connect, database_url, autocommit=True))


def test_on_one_machine_the_parts_need_no_key(database_url: str, records: KeyRecords) -> None:
    """
    Without any set-up nothing is asked, and nothing is stored.
    """
    with with_own_key({}, database_url, ["127.0.0.1", "localhost"], "s") as found:
        assert found == {}
    assert records.listed() == []


def test_the_parts_have_a_key_as_long_as_they_run(
    database_url: str, records: KeyRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    It sends and asks, and is revoked at the end; that of a killed run is revoked at the next start.
    """
    monkeypatch.setenv("LIMNO_AUTH_REQUIRED", "true")
    left_behind, _ = records.mint(KeyWish(name="limnod up", scopes=["query"]), by="limnod up s")
    with with_own_key({}, database_url, ["127.0.0.1"], "s") as found:
        record = records.find(found[VARIABLE])
        assert record is not None
        assert record.principal().roles == {"reader", "writer"}
        assert records.find(left_behind) is None
    assert not records.any_usable()


def test_a_key_that_is_set_is_not_the_parts(
    database_url: str, records: KeyRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    It may be the operator's for sending, or of another lake; what else is set stays.
    """
    given = {VARIABLE: "limno_of_another_lake", "PATH": "/bin"}
    with with_own_key(given, database_url, ["127.0.0.1"], "s") as found:
        assert found == given
    monkeypatch.setenv("LIMNO_AUTH_REQUIRED", "true")
    with with_own_key(given, database_url, ["127.0.0.1"], "s") as found:
        assert records.find(found[VARIABLE]) is not None
        assert found["PATH"] == "/bin"


def test_nobody_who_could_come_in_is_told_before_anything_starts(
    database_url: str, records: KeyRecords
) -> None:
    """
    The key of the parts is nobody's way in.
    """
    with (
        pytest.raises(ExposedWithoutLogin),
        with_own_key({}, database_url, ["127.0.0.1", "0.0.0.0"], "s"),
    ):
        pass
    records.mint(KeyWish(name="k", scopes=["query"]), by="ada")
    with with_own_key({}, database_url, ["0.0.0.0"], "s") as found:
        assert VARIABLE in found
