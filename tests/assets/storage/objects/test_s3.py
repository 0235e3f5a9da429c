"""Buckets: lost answers, refusals and how many requests things take."""

import pytest

from assets.errors import ObjectExists, StorageUnavailable
from assets.storage.objects import S3Options, open_store
from tests.assets.storage.objects.s3_faults import Faults, faulty_server


def test_a_put_whose_answer_got_lost_is_a_success() -> None:
    """
    The repeated request meets our own object: that is not somebody else's.
    """
    faults = Faults(loses=1)
    with faulty_server(faults) as options:
        store = open_store("s3://bucket/lake", options)
        store.put_new("a", b"data")
        with pytest.raises(ObjectExists):
            store.put_new("a", b"data")
        assert store.get("a") == b"data"
    puts = [request for request in faults.requests if request.startswith("PUT")]
    assert len(puts) == 3


@pytest.mark.parametrize(
    "refusal", [(403, "AccessDenied"), (404, "NoSuchBucket"), (409, "ConditionalRequestConflict")]
)
def test_a_bucket_that_refuses_is_unavailable(
    refusal: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Whatever the operation, the error says which bucket and why; conflicts are tried again first.
    """
    monkeypatch.setattr("assets.storage.objects.s3.CONFLICT_ATTEMPTS", 2)
    faults = Faults(refuses=refusal)
    with faulty_server(faults) as options:
        store = open_store("s3://bucket", options)
        with pytest.raises(StorageUnavailable):
            store.put_new("a", b"x")
        assert len(faults.requests) == (2 if refusal[0] == 409 else 1)
        for read in (lambda: store.get("a"), lambda: store.get_ranges("a", [(0, 1)])):
            with pytest.raises(StorageUnavailable, match="bucket"):
                read()


def test_an_endpoint_that_is_not_there_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A refused connection ends in our error after ATTEMPTS tries.
    """
    monkeypatch.setattr("assets.storage.objects.s3.ATTEMPTS", 1)
    store = open_store("s3://bucket", S3Options("http://127.0.0.1:1", "key", "secret", None, "x"))
    with pytest.raises(StorageUnavailable):
        store.put_new("a", b"x")
    with pytest.raises(StorageUnavailable):
        list(store.list(""))


def test_near_ranges_share_a_request() -> None:
    """
    Two hundred small neighbours are one read; a whole object is one request too.
    """
    faults = Faults()
    with faulty_server(faults) as options:
        store = open_store("s3://bucket", options)
        store.put_new("pack", bytes(200_000))
        faults.requests.clear()
        store.get_ranges("pack", [(1000 * i, 10) for i in range(200)])
        store.get("pack")
    assert faults.requests == ["GET /bucket/pack"] * 2


def test_keys_of_the_store_are_the_options_of_deltalake() -> None:
    """
    One description of a bucket serves s3fs, deltalake and polars; the secret is not printed.
    """
    options = S3Options("http://127.0.0.1:9000", "name", "hidden", None, "eu-west-1")
    assert options.storage_options() == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9000",
        "AWS_ACCESS_KEY_ID": "name",
        "AWS_SECRET_ACCESS_KEY": "hidden",
        "AWS_REGION": "eu-west-1",
        "AWS_ALLOW_HTTP": "true",
    }
    assert "hidden" not in repr(options)
    assert S3Options().storage_options() == {}
