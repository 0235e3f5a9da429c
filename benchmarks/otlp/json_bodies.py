"""CPU per record from OTLP/JSON to the protobuf of the same data, beside protobuf's own reader."""

import base64
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from google.protobuf.json_format import MessageToDict, Parse
from google.protobuf.message import Message

from assets.otlp_wire.extension import native
from benchmarks.otlp import traffic
from benchmarks.otlp.decoding import in_turns
from benchmarks.otlp.sending import SIGNALS, bodies
from benchmarks.report_lines import Line
from ingest_api.otlp.from_json import to_protobuf

PEER = "protobuf's json_format.Parse and SerializeToString (its ids are base64)"
BYTES_MAX = 1 << 30
_IDS = {"traceId", "spanId", "parentSpanId"}


def lines(rounds: int) -> Iterator[Line]:
    """Measure a request of each signal."""
    for signal, (_, request, _) in SIGNALS.items():
        message = request.FromString(*bodies(signal, 1))
        document = MessageToDict(message, use_integers_for_enums=True)
        theirs = json.dumps(document, separators=(",", ":"))
        ours = json.dumps(_with_hex(document), separators=(",", ":")).encode()
        assert to_protobuf(signal, ours, BYTES_MAX) == message.SerializeToString(), "the same bytes"
        assert _parsed(request, theirs) == message.SerializeToString(), "the same bytes"
        ours_s, peer_s = in_turns(
            partial(to_protobuf, signal, ours, BYTES_MAX),
            partial(_parsed, request, theirs),
            rounds,
        )
        yield Line(
            name=f"otlp.{signal} from JSON", value=1e6 * ours_s / traffic.BATCH,
            unit="CPU us per record", peer=PEER, peer_value=1e6 * peer_s / traffic.BATCH,
            conditions={
                "bytes_per_record": round(len(ours) / traffic.BATCH),
                "records_per_request": traffic.BATCH,
                "read_by": "Python (no extension)" if native is None else "C",
            },
        )  # fmt: skip


def _parsed(request: type[Message], text: str) -> bytes:
    message: Message = Parse(text, request())
    return message.SerializeToString()


def _with_hex(value: Any) -> Any:
    """Return protobuf's JSON as OTLP has it."""
    if isinstance(value, list):
        return [_with_hex(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: base64.b64decode(one).hex() if key in _IDS else _with_hex(one)
        for key, one in value.items()
    }
