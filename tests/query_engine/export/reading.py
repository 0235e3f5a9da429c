"""Reads traces back as Perfetto does, and holds them against every rule of the format we use."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as proto

EVENT = proto.TrackEvent


@dataclass(frozen=True)
class Slice:
    """A slice as a viewer draws it: its names from the outermost one of its track on."""

    track: str
    names: tuple[str, ...]
    begin: int
    end: int
    category: str = ""
    file: str = ""
    line: int = 0
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass
class Drawn:
    """What a trace shows."""

    process: str = ""
    processes: list[str] = field(default_factory=list)
    tracks: dict[int, proto.TrackDescriptor] = field(default_factory=dict)
    slices: list[Slice] = field(default_factory=list)
    instants: list[tuple[str, int, str, str]] = field(default_factory=list)
    values: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    flows: list[tuple[int, int]] = field(default_factory=list)


def drawn(content: bytes) -> Drawn:
    """Return what a trace shows; each rule that it breaks is an AssertionError."""
    seen, texts = Drawn(), _Texts()
    stacks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    latest: dict[int, int] = {}
    leaving: dict[int, int] = {}
    for number, packet in enumerate(proto.Trace.FromString(content).packet):
        assert packet.trusted_packet_sequence_id == 1
        assert packet.first_packet_on_sequence == (number == 0)
        assert bool(packet.sequence_flags & proto.TracePacket.SEQ_INCREMENTAL_STATE_CLEARED) == (
            number == 0
        )
        texts.learn(packet.interned_data)
        if packet.HasField("track_descriptor"):
            _describe(seen, packet.track_descriptor)
        if not packet.HasField("track_event"):
            continue
        event = packet.track_event
        track = seen.tracks[event.track_uuid]
        category = ", ".join(texts.categories[iid] for iid in event.category_iids)
        if event.type == EVENT.TYPE_SLICE_BEGIN:
            assert packet.timestamp >= latest.get(track.uuid, 0), "time goes back"
            latest[track.uuid] = packet.timestamp
            file, line, _ = texts.places.get(event.source_location_iid, ("", 0, ""))
            stacks[track.uuid].append(
                {
                    "name": texts.names[event.name_iid],
                    "begin": packet.timestamp,
                    "category": category,
                    "file": file,
                    "line": line,
                    "attributes": tuple(
                        (one.name, one.string_value or str(one.bool_value))
                        for one in event.debug_annotations
                    ),
                }
            )
            for id_ in event.terminating_flow_ids:
                assert leaving[id_] <= packet.timestamp, "a flow ends before it begins"
                seen.flows.append((leaving.pop(id_), packet.timestamp))
        elif event.type == EVENT.TYPE_SLICE_END:
            assert packet.timestamp >= latest[track.uuid], "time goes back"
            latest[track.uuid] = packet.timestamp
            names = tuple(one["name"] for one in stacks[track.uuid])
            found = stacks[track.uuid].pop()
            del found["name"]
            seen.slices.append(Slice(track.name, names, end=packet.timestamp, **found))
        elif event.type == EVENT.TYPE_INSTANT:
            seen.instants.append((track.name, packet.timestamp, event.name, category))
            assert not leaving.keys() & set(event.flow_ids), "a flow begins twice"
            leaving |= dict.fromkeys(event.flow_ids, packet.timestamp)
        else:
            assert event.type == EVENT.TYPE_COUNTER
            assert track.HasField("counter")
            seen.values[track.name].append((packet.timestamp, event.double_counter_value))
    assert not any(stacks.values()), "a slice is never closed"
    assert not leaving, "a flow never ends"
    return seen


def _describe(seen: Drawn, track: proto.TrackDescriptor) -> None:
    assert track.uuid not in seen.tracks, "two tracks have one id"
    assert track.uuid
    if track.HasField("process"):
        seen.process = track.process.process_name
        seen.processes.append(seen.process)
    else:
        assert track.parent_uuid in seen.tracks, "a track is told before those below it"
    seen.tracks[track.uuid] = track


@dataclass
class _Texts:
    names: dict[int, str] = field(default_factory=dict)
    categories: dict[int, str] = field(default_factory=dict)
    places: dict[int, tuple[str, int, str]] = field(default_factory=dict)

    def learn(self, told: proto.InternedData) -> None:
        """Remember what is told; no number may mean two things."""
        for mine, theirs in (
            (self.names, [(one.iid, one.name) for one in told.event_names]),
            (self.categories, [(one.iid, one.name) for one in told.event_categories]),
            (
                self.places,
                [
                    (one.iid, (one.file_name, one.line_number, one.function_name))
                    for one in told.source_locations
                ],
            ),
        ):
            for iid, value in theirs:
                assert iid not in mine, "a number means two things"
                assert value not in mine.values(), "a text has two numbers"
                mine[iid] = value
