"""
The messages of Perfetto's trace format, through the schema that its own wheel carries.

Source of the format: perfetto/trace/perfetto_trace.proto and "Trace packet" and "Track event" of
perfetto.dev/docs. One sequence of packets (`trusted_packet_sequence_id` 1) holds all; names,
categories and places in the source are interned in it.
"""

from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as proto

from query_engine.export.parts import Process, Track

SEQUENCE = 1
CLEARED_AND_NEEDED = (
    proto.TracePacket.SEQ_INCREMENTAL_STATE_CLEARED | proto.TracePacket.SEQ_NEEDS_INCREMENTAL_STATE
)


def packet(*, first: bool = False) -> proto.TracePacket:
    """Return a packet of the sequence; the first one begins its interned state."""
    made = proto.TracePacket(trusted_packet_sequence_id=SEQUENCE)
    made.sequence_flags = proto.TracePacket.SEQ_NEEDS_INCREMENTAL_STATE
    if first:
        made.sequence_flags = CLEARED_AND_NEEDED
        made.first_packet_on_sequence = True
    return made


def written(*packets: proto.TracePacket) -> bytes:
    """Return packets as a piece of a trace: pieces one after the other are a trace again."""
    content: bytes = proto.Trace(packet=packets).SerializeToString()
    return content


def signed_32(number: int) -> int:
    """Return the low 32 bits as a signed number: the field of process and thread ids."""
    low = number & 0xFFFF_FFFF
    return low - (1 << 32) if low >= 1 << 31 else low


def process_track(process: Process, *, first: bool) -> proto.TracePacket:
    """Return the packet of a process; the first one of a file begins the sequence."""
    made = packet(first=first)
    track = made.track_descriptor
    track.uuid = process.uuid
    track.process.pid = signed_32(process.uuid)
    track.process.process_name = process.name
    return made


def track(described: Track) -> proto.TracePacket:
    """Return the packet of a track."""
    made = packet()
    track = made.track_descriptor
    track.uuid, track.parent_uuid, track.name = described.uuid, described.parent, described.name
    if described.thread is not None:
        track.thread.pid = signed_32(described.process)
        track.thread.tid = signed_32(described.thread)
        track.thread.thread_name = described.name
    if described.unit is not None:
        track.counter.unit_name = described.unit
    return made


def event(kind: int, track: int, timestamp: int = 0) -> proto.TracePacket:
    """Return an event of a track (``proto.TrackEvent.TYPE_...``)."""
    made = packet()
    made.timestamp = timestamp
    made.track_event.type = kind
    made.track_event.track_uuid = track
    return made
