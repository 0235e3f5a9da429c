"""Whose what is sent becomes: stamped by the credential, and refused to others afterwards."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import httpx
import pytest
from psycopg_pool import AsyncConnectionPool

from assets.storage.lake import s3_options
from assets.storage.metadata.audiences import DEFAULT_AUDIENCE, OtherAudience
from assets.storage.metadata.session import prepare_async
from assets.storage.objects import open_store
from assets.storage.settings import LakeSettings
from auth.authenticator import Authenticator
from auth.principal import Principal
from ingest_api.audiences import scoped, stamped
from ingest_api.group_commit import Outcome, Submission
from ingest_api.metrics import Metrics
from ingest_api.native import parse
from ingest_api.segment_writer import SegmentWriter
from ingest_api.settings import IngestSettings
from ingest_api.webhook import as_otlp
from tests.ingest_api.conftest import Client, RunningReceiver

ReceiverOf = Callable[[str | None], RunningReceiver]
OWNERS = "SELECT DISTINCT audience, process_id::text FROM processes ORDER BY audience"
BLOCKS = "SELECT p.audience, count(*) FROM blocks JOIN processes p USING (process_id) GROUP BY 1"


def sender(audience: str | None) -> Principal:
    roles = frozenset({"writer"})
    return Principal(
        subject="s", issuer="i", kind="key", roles=roles, write_audience=audience, read_audiences=()
    )


@pytest.fixture
def receiver_of(lake_settings: LakeSettings) -> Iterator[ReceiverOf]:
    """Start a receiver whose callers write to an audience; all are of one lake."""
    with ExitStack() as running:

        def start(audience: str | None) -> RunningReceiver:
            callers = Authenticator(anybody=sender(audience))
            started = RunningReceiver(IngestSettings(), lake_settings, None, callers)
            started.start()
            running.callback(started.stop)
            return started

        yield start


def test_a_process_is_of_the_audience_that_registered_it(receiver_of: ReceiverOf) -> None:
    """The same process sent with another credential is refused, and nothing of it is stored."""
    ours, theirs, nobodys = receiver_of("ours"), receiver_of("theirs"), receiver_of(None)
    client = ours.client()
    assert client.send(client.block()).status_code == 200
    for other in (theirs, nobodys):
        again = replace(client, url=other.url)
        refused = again.send(again.block())
        assert refused.status_code == 403
        assert "another audience" in refused.text
    assert client.send(client.block()).json() == {"accepted": 1, "duplicates": 0}
    assert ours.rows(OWNERS) == [("ours", client.process_id)]
    assert ours.rows(BLOCKS) == [("ours", 2)]


def test_a_stream_of_another_audience_is_refused(receiver_of: ReceiverOf) -> None:
    """Its tags and properties would be told beside the block."""
    ours, theirs = receiver_of("ours"), receiver_of("theirs")
    client = ours.client()
    assert client.send(client.block()).status_code == 200
    other = Client(theirs.url, stream_id=client.stream_id)
    assert other.post(other.body(other.block(), streams=())).status_code == 403
    assert ours.rows(BLOCKS) == [("ours", 1)]


def test_without_an_audience_it_is_the_default_one(receiver_of: ReceiverOf) -> None:
    """What a lake without a login has always had."""
    receiver = receiver_of(None)
    client = receiver.client()
    assert client.send(client.block()).status_code == 200
    assert receiver.rows(OWNERS) == [(DEFAULT_AUDIENCE, client.process_id)]


LOGS = as_otlp([(b"x-micromegas-service-name", b"shop")], b"hello")
PUSH = b'{"streams": [{"stream": {"app": "shop"}, "values": [["1760000000000000000", "hello"]]}]}'
DERIVED = {
    "/v1/logs": (LOGS, "application/x-protobuf"),
    "/ingestion/webhook": (b"hello", "text/plain"),
    "/loki/api/v1/push": (PUSH, "application/json"),
}


@pytest.mark.parametrize("path", DERIVED)
def test_the_same_export_of_two_audiences_is_two_processes(
    receiver_of: ReceiverOf, path: str
) -> None:
    """Ids are made of contents; both are stored, and neither is told of the other's."""
    body, content_type = DERIVED[path]
    kept = {}
    for audience in ("ours", "theirs", None):
        receiver = receiver_of(audience)
        answer = httpx.post(
            receiver.url + path, content=body, headers={"Content-Type": content_type}
        )
        assert answer.is_success, answer.text
        kept[audience or DEFAULT_AUDIENCE] = set()
    for audience, process_id in receiver.rows(OWNERS):
        kept[audience].add(process_id)
    sizes = {len(ids) for ids in kept.values()}
    assert len(sizes) == 1
    assert 0 not in sizes
    assert len(set.union(*kept.values())) == 3 * sizes.pop()
    assert len({count for _, count in receiver.rows(BLOCKS)}) == 1


def test_a_group_of_several_audiences_refuses_only_who_is_wrong(
    database_url: str, lake_settings: LakeSettings
) -> None:
    """Whoever claims a process first has it, in one group as well; others are stored."""
    client, neighbour = Client(""), Client("")
    first = stamped(parse(client.body(client.block()), 1 << 20), sender("ours"))
    forged = stamped(parse(client.body(client.block()), 1 << 20), sender("theirs"))
    own = stamped(parse(neighbour.body(neighbour.block()), 1 << 20), sender("theirs"))

    async def written(*submissions: Submission) -> list[Outcome | Exception]:
        pool = AsyncConnectionPool(
            database_url, open=False, kwargs={"autocommit": True}, configure=prepare_async
        )
        async with pool:
            objects = open_store(lake_settings.root_uri, s3_options(lake_settings))
            writer = SegmentWriter(objects, pool, Metrics(lambda: 0), 1)
            try:
                return await writer.write(submissions)
            finally:
                writer.close()

    stored, refused, neighbours = asyncio.run(written(first, forged, own))
    assert isinstance(stored, Outcome)
    assert isinstance(refused, OtherAudience)
    assert isinstance(neighbours, Outcome)
    assert (stored.accepted, neighbours.accepted) == (1, 1)


def test_the_ids_of_the_default_audience_stay_as_they_are() -> None:
    """What lakes without audiences have stored is found by the same ids."""
    client = Client("")
    submission = parse(client.body(client.block()), 1 << 20)
    assert scoped(submission, sender(None)) == submission
    theirs = scoped(submission, sender("theirs"))
    ids = {theirs.process.process_id, theirs.streams[0].stream_id, theirs.blocks[0].block_id}
    assert len(ids) == 3
    assert ids.isdisjoint({client.process_id, client.stream_id, submission.blocks[0].block_id})
    assert {one.process_id for one in (*theirs.streams, *theirs.blocks)} == {
        theirs.process.process_id
    }
