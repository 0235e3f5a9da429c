"""Every door of the receiver as a function of a body, with bodies that it takes."""

import gzip
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial

import cramjam
from google.protobuf.message import Message
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ingest_api import snappy
from ingest_api.body import decompress
from ingest_api.firehose import cloudwatch_logs, metric_streams
from ingest_api.loki import from_json, from_protobuf
from ingest_api.loki.as_otlp import request_of
from ingest_api.loki.push import Refused
from ingest_api.native import parse
from ingest_api.otlp.from_json import to_protobuf
from ingest_api.otlp.split import split
from ingest_api.prometheus.families import Families
from ingest_api.prometheus.routes import _read
from ingest_api.webhook import as_otlp
from limnograph.wire import zstd
from limnograph.wire.envelope import Block, Process, Stream, encode_request
from tests.assets.decode.otlp.messages import MESSAGES
from tests.assets.otlp_wire.json_bodies import REQUESTS, json_of
from tests.assets.prometheus_wire.messages import REQUESTS as WRITES
from tests.ingest_api.firehose.deliveries import exported, logged, streamed
from tests.ingest_api.loki.messages import NOW, in_json, message

BODY_MAX, PAYLOAD_MAX = 1 << 22, 1 << 20
PUSHES = (
    [({"app": "shop", "level": "warn"}, [(NOW, "a line"), (NOW, "ü", {"trace_id": "ab" * 16})])],
    [({"a": "b"}, []), ({"c": 'd"\\'}, [(0, ""), (NOW, "x" * 50)])],
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Door:
    """
    One way in.

    Attributes:
        read: What becomes of a body; raises a LakeError if it is refused.
        making: Returns some that are taken; they cost seconds, and are made when they are needed.
    """

    read: Callable[[bytes], object]
    making: Callable[[], list[bytes]]

    @property
    def bodies(self) -> list[bytes]:
        """Some that are taken."""
        return self.making()


@cache
def some(strategy: st.SearchStrategy[Message], count: int = 6) -> list[Message]:
    """Return some messages, the same every time."""
    found: list[Message] = []

    @settings(
        max_examples=count * 3, derandomize=True, database=None, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def collect(one: Message) -> None:
        found.append(one)

    collect()
    return sorted(found, key=lambda one: one.ByteSize())[-count:]


def serialized(one: Message) -> bytes:
    """Return a message as it is sent."""
    return one.SerializeToString()


def _json(signal: str, body: bytes) -> object:
    return split(signal, to_protobuf(signal, body, BODY_MAX), PAYLOAD_MAX)


def _loki(read: Callable[[bytes, Refused], Iterator], body: bytes) -> object:
    refused = Refused()
    told = request_of(read(body, refused), refused, PAYLOAD_MAX, BODY_MAX)
    return split("logs", told, PAYLOAD_MAX)


def _remote_write(body: bytes, *, second: bool) -> object:
    return _read(Families(), second, body, PAYLOAD_MAX)


def _split(signal: str, told: Callable[[bytes, dict[str, str]], bytes], body: bytes) -> object:
    return split(signal, told(body, {"common": "x"}), PAYLOAD_MAX)


def _cloudwatch_logs(body: bytes, common: dict[str, str]) -> bytes:
    return cloudwatch_logs.as_otlp(body, common, BODY_MAX)[0]


def _webhook(body: bytes) -> object:
    return split("logs", as_otlp([(b"x-micromegas-target", body[:9])], body), PAYLOAD_MAX)


def _native(payload: bytes) -> bytes:
    ids = {"process_id": str(uuid.UUID(int=1)), "stream_id": str(uuid.UUID(int=2))}
    process = Process(
        process_id=ids["process_id"], exe="shop", username="ada", realname="Ada", computer="desk",
        distro="linux", cpu_brand="cpu", tsc_frequency=1, start_time_ns=1_000, start_ticks=0,
    )  # fmt: skip
    stream = Stream(**ids, format="limnograph/v1", tags=("log",))
    block = Block(
        **ids, block_id=str(uuid.UUID(int=3)), begin_time_ns=10, end_time_ns=20, begin_ticks=0,
        end_ticks=10, nb_objects=3, object_offset=0, payload_size=len(payload),
    )  # fmt: skip
    return encode_request(process, (stream,), ((block, payload),))


def doors() -> Iterator[tuple[str, Door]]:
    """Yield each door with its name."""
    for signal in REQUESTS:
        yield (
            f"otlp {signal}",
            Door(
                partial(split, signal, payload_bytes_max=PAYLOAD_MAX),
                partial(_requests, signal, serialized),
            ),
        )
        yield f"json {signal}", Door(partial(_json, signal), partial(_requests, signal, json_of))
    for second in WRITES:
        yield (
            f"remote write {1 + second}",
            Door(partial(_remote_write, second=second), partial(_writes, second)),
        )
    for name, read, bodies in _plain():
        yield name, Door(read, partial(list, bodies))


@cache
def _requests(signal: str, told: Callable[[Message], bytes]) -> list[bytes]:
    request, member, reading = REQUESTS[signal]
    return [told(request(**{member: [one]})) for one in some(MESSAGES[reading])]


@cache
def _writes(second: bool) -> list[bytes]:
    return [serialized(one) for one in some(WRITES[second])]


def _plain() -> Iterator[tuple[str, Callable[[bytes], object], list[bytes]]]:
    """Yield the doors whose bodies are written down here."""
    pushes = [message(*push).SerializeToString() for push in PUSHES]
    yield "loki protobuf", partial(_loki, from_protobuf.streams_of), pushes
    yield "loki json", partial(_loki, from_json.streams_of), [in_json(*p) for p in PUSHES]
    metrics = [streamed(exported({"CPUUtilization": "AWS/EC2"}), exported({"a": None}, {}))]
    yield "firehose metrics", partial(_split, "metrics", metric_streams.as_otlp), metrics
    events = [gzip.decompress(logged("a line", "ü")), logged("a line")]
    yield "firehose logs", partial(_split, "logs", _cloudwatch_logs), events
    natives = [_native(b"p"), _native(b"payload")]
    yield "native", partial(parse, payload_bytes_max=PAYLOAD_MAX), natives
    yield "webhook", _webhook, [b'{"a": 1}', b"\xff" * 9]
    text = bytes(range(256)) * 9
    for name, compress in (
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("zstd", zstd.compress),
    ):
        packed = [bytes(compress(text)), bytes(compress(b""))]
        yield name, partial(decompress, name, bytes_max=BODY_MAX), packed
    blocks = [bytes(cramjam.snappy.compress_raw(text)), bytes(cramjam.snappy.compress_raw(b""))]
    yield "snappy", partial(snappy.decompress, bytes_max=BODY_MAX), blocks
