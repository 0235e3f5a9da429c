"""Packets written at once are those that the schema's classes write one by one."""

import numpy as np
import pytest
from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as proto

from query_engine.export.limits import TABLE_BYTES_MAX
from query_engine.export.perfetto.packets import event, written
from query_engine.export.perfetto.stamped import stamped, template

BEGIN, END = proto.TrackEvent.TYPE_SLICE_BEGIN, proto.TrackEvent.TYPE_SLICE_END
COUNTER = proto.TrackEvent.TYPE_COUNTER
TRACK = 0xFEDC_BA98_7654_3210


def named(kind: int, timestamp: int = 0, name: int = 3) -> proto.TracePacket:
    """Return an event with a name."""
    made = event(kind, TRACK, timestamp)
    made.track_event.name_iid = name
    return made


@pytest.mark.parametrize("long", [0, 100, TABLE_BYTES_MAX])
def test_bytes_are_those_of_the_classes(long):
    """
    For times of our days, to the nanosecond; for short packets and for long ones.
    """
    random = np.random.default_rng(1)
    times = random.integers(1 << 56, (1 << 63) - 1, 200)
    which = random.integers(0, 3, 200)
    kinds = [(BEGIN, 3), (END, 3), (BEGIN, 70_000)]

    def made(number, time=0):
        packet = named(kinds[number][0], time, kinds[number][1])
        if number == 0 and long:
            packet.track_event.debug_annotations.add(name="x" * long)
        return packet

    content = stamped([template(made(number)) for number in range(3)], which, times)
    one_by_one = [written(made(w, int(t))) for w, t in zip(which, times, strict=True)]
    assert content == b"".join(one_by_one)


@pytest.mark.parametrize("time", [0, 1, 127, 128, 1 << 40, (1 << 56) - 1])
def test_times_of_long_ago_are_read_as_what_they_are(time):
    """
    They have more bytes than they need, which every reader takes.
    """
    content = stamped([template(named(BEGIN))], np.array([0]), np.array([time]))
    (packet,) = proto.Trace.FromString(content).packet
    assert packet.timestamp == time
    assert packet.track_event.name_iid == 3


def test_times_before_1970_are_the_first_moment():
    """
    The format has no others.
    """
    content = stamped([template(named(BEGIN))], np.array([0]), np.array([-5]))
    assert proto.Trace.FromString(content).packet[0].timestamp == 0


def test_values_are_put_in_their_place():
    """
    Of counters: any double.
    """
    values = np.array([1.5, -0.0, np.inf, 1e300])
    made = template(event(COUNTER, TRACK))
    times = np.full(4, 1 << 60)
    content = stamped([made], np.zeros(4, np.int64), times, values)
    packets = proto.Trace.FromString(content).packet
    assert [one.track_event.double_counter_value for one in packets] == values.tolist()


def test_no_packets_are_no_bytes():
    """
    A piece of a trace may be empty.
    """
    assert stamped([], np.empty(0, np.int64), np.empty(0, np.int64)) == b""
