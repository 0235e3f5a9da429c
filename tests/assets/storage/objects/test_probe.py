"""The start-up probe lets no store through that could lose an acknowledged commit."""

import pytest

from assets.errors import StorageUnavailable, UnsafeObjectStore
from assets.storage.objects import open_store, probe
from tests.assets.storage.objects.s3_faults import Faults, faulty_server


def test_a_sound_server_passes_and_nothing_is_left() -> None:
    """
    The faulty server without a fault is fine: what the probe refuses is the fault.
    """
    faults = Faults()
    with faulty_server(faults) as options:
        probe(open_store("s3://bucket", options))
    assert faults.objects == {}


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        (Faults(replaces=True), "replaces an existing object"),
        (Faults(races=True), "racing create-only puts"),
        (Faults(garbles=True), "does not return what was written"),
    ],
)
def test_an_unsafe_server_is_refused_with_advice(faults: Faults, said: str) -> None:
    """
    Ignored conditions, unatomic ones and wrong content: each is named, and its objects removed.
    """
    with faulty_server(faults) as options, pytest.raises(UnsafeObjectStore, match=said) as caught:
        probe(open_store("s3://bucket", options))
    assert "If-None-Match" in str(caught.value)
    assert faults.objects == {}


def test_a_server_that_refuses_us_is_unavailable_not_unsafe() -> None:
    """
    Wrong credentials are an outage that an operator can mend.
    """
    faults = Faults(refuses=(403, "AccessDenied"))
    with faulty_server(faults) as options, pytest.raises(StorageUnavailable, match="AccessDenied"):
        probe(open_store("s3://bucket", options))
