"""Values of log events: whatever is given arrives as text, as if formatted at the call."""

import enum
import math
import os
import threading
from typing import Any

import pytest

import limnograph
from limnograph import log, metric
from limnograph.limits import TEXT_CHARS_MAX
from tests.sdk.peer import Peer

LATENCY = metric("latency", "ms")


class Colour(enum.IntEnum):
    """A subclass of int with a text of its own in old Pythons."""

    RED = 3


class Loud(str):
    """A subclass of str that has another text than its characters, and lies about its length."""

    __slots__ = ()

    def __str__(self) -> str:
        return self.upper()

    def __len__(self) -> int:
        raise RuntimeError("not to be asked")


class Amount(int):
    """A subclass of int that shows as something else."""

    def __str__(self) -> str:
        return "much"


def messages(peer: Peer) -> list[str]:
    """Flush and return the messages."""
    assert limnograph.flush(10)
    return [row["msg"] for row in peer.rows("log")]


def properties(peer: Peer) -> dict[str, str]:
    """Flush and return the properties of the last row."""
    assert limnograph.flush(10)
    found: dict[str, str] = peer.rows("log")[-1]["properties"]
    return found


SCALARS = [
    0, 1, -1, 255, 2**30 - 1, 2**30, -(2**30), 2**31, 2**60, 2**62, 2**63 - 1, -(2**63), 2**63,
    -(2**63) - 1, 10**30, True, False, None, 0.0, -0.0, 1.5, 1e16, 1e-7, 123456789.125, 5e-324,
    1.7976931348623157e308, math.nan, math.inf, -math.inf, "", "a", "ä", "日本", "🎈", "a\0b",
    "\ud800", "x\udfffy", "'", '"', "\n\t\\", "%s", b"", b"bytes \xff", Colour.RED, Loud("loud"),
    Amount(7), [1, "a"], {"k": 1}, (1,), object,
]  # fmt: skip


MANY = "%s|%r|%a|%10s|%-5s|%.3s|"


def test_positional_values_of_every_kind_arrive_as_percent_s_and_r_show_them(sdk: Peer) -> None:
    """
    Whether a value could be formatted later or not makes no difference to the text.
    """
    for value in SCALARS:
        log.info("%s|%r|%a|%10s|%-5s|%.3s|", value, value, value, value, value, value)
        log.info("%s", value)
    expected = []
    for value in SCALARS:
        expected.append(MANY % ((value,) * 6))
        expected.append(str(value))
    wire = [text.encode("utf-8", "replace").decode() for text in expected]
    assert messages(sdk) == wire


CONVERSIONS = [
    "%d", "%i", "%u", "%5d", "%-5d|", "%05d", "%+d", "% d", "%x", "%X", "%#x", "%o", "%#o", "%e",
    "%E", "%.3e", "%f", "%F", "%.0f", "%8.2f", "%-8.2f|", "%+.1f", "%g", "%G", "%.3g", "%#g", "%c",
    "%s", "%r", "%a", "%%%s", "%.2s", "%hd", "%ld", "%.3d", "%#X", "%08.3f",
]  # fmt: skip


@pytest.mark.parametrize("conversion", CONVERSIONS)
def test_every_conversion_arrives_as_python_formats_it(sdk: Peer, conversion: str) -> None:
    """
    Numbers of every size, and what the conversion does not take, give Python's text or error.
    """
    values = [0, 7, -7, 65, 10**20, -(2**63), True, 2.5, -1e300, math.nan, "é", "text", None, b"x"]
    code = compile(f"def call(log, value):\n    log.info({conversion!r}, value)\n", "made", "exec")
    names: dict[str, Any] = {}
    exec(code, names)
    expected = []
    for value in values:
        names["call"](log, value)
        try:
            expected.append(conversion % (value,))
        except Exception as exc:
            expected.append(f"{conversion} [format error: {type(exc).__name__}: {exc}]")
    assert messages(sdk) == expected


def test_wrong_numbers_of_arguments_are_said_in_the_message(sdk: Peer) -> None:
    """
    Too few, too many, none where some are wanted, a broken template, a star that takes one more.
    """
    log.info("%s %s", 1)
    log.info("%s", 1, 2)
    log.info("nothing", 1)
    log.info("%s and %")
    log.info("%s %", 1)
    log.info("%q", 1)
    log.info("%*d", 5, 42)
    log.info("%(a)s", {"a": 1})
    log.info("%(a)s", {"b": 1})
    log.info("%(a)s", 1)
    log.info("%s", {})
    log.info("%s", {"a": 1})
    cases = [
        ("%s %s", (1,)), ("%s", (1, 2)), ("nothing", (1,)), None, ("%s %", (1,)), ("%q", (1,)),
        ("%*d", (5, 42)), ("%(a)s", {"a": 1}), ("%(a)s", {"b": 1}), ("%(a)s", (1,)),
        ("%s", ({},)), ("%s", {"a": 1}),
    ]  # fmt: skip
    expected = []
    for case in cases:
        if case is None:
            expected.append("%s and %")
            continue
        template, args = case
        try:
            expected.append(template % args)
        except Exception as exc:
            expected.append(f"{template} [format error: {type(exc).__name__}: {exc}]")
    assert messages(sdk) == expected


def test_properties_of_every_kind_arrive_as_text(sdk: Peer) -> None:
    """
    Numbers as Python writes them, huge ones in hex, booleans in SQL's spelling, None not at all.
    """
    log.info("all", **{f"p{at}": value for at, value in enumerate(SCALARS)})
    expected = {}
    for at, value in enumerate(SCALARS):
        if value is None:
            continue
        text = str(value)
        if type(value) is bool:
            text = text.lower()
        if type(value) is int and not -(2**63) <= value < 2**63:
            text = hex(value)
        expected[f"p{at}"] = text.encode("utf-8", "replace").decode()
    assert properties(sdk) == expected


def test_messages_that_are_no_text_arrive_as_text(sdk: Peer) -> None:
    """
    Anything may be a message; a subclass of str is asked for its text.
    """
    log.info(5), log.info(None), log.info(Loud("loud")), log.info(b"b")  # type: ignore[arg-type]
    assert messages(sdk) == ["5", "None", "LOUD", "b'b'"]


def test_lone_surrogates_become_question_marks_wherever_they_stand(sdk: Peer) -> None:
    """
    In templates, messages, arguments, keys and values.
    """
    log.info("t\ud800")
    log.info("t\ud800 %s", "a\udc00")
    log.info("k", **{"key\ud800": "v\ud800"})
    assert messages(sdk) == ["t?", "t? a?", "k"]
    assert properties(sdk) == {"key?": "v?"}


def test_texts_are_cut_between_characters(sdk: Peer) -> None:
    """
    TEXT_CHARS_MAX counts characters, whatever their bytes.
    """
    for character in "aé日🎈":
        long = character * (TEXT_CHARS_MAX + 1)
        log.info("%s", long, long=long)
        log.info(long)
        assert messages(sdk)[-2:] == [long[:-1]] * 2
        assert sdk.rows("log")[-2]["properties"] == {"long": long[:-1]}


class Talkative:
    """Records an event each time its text is asked for."""

    def __init__(self, depth: int) -> None:
        self.depth = depth

    def __str__(self) -> str:
        if self.depth:
            log.info("inner %s", Talkative(self.depth - 1), who=Talkative(0))
            LATENCY.record(self.depth, who=Talkative(0))
        return f"depth {self.depth}"


def test_a_value_whose_text_records_events_breaks_none(sdk: Peer) -> None:
    """
    Events recorded while another one is being made stand whole beside it.
    """
    log.info("outer %s", Talkative(3), who=Talkative(2))
    texts = messages(sdk)
    assert sorted(texts) == sorted(
        ["outer depth 3", "inner depth 2", "inner depth 1", "inner depth 0", "inner depth 1",
         "inner depth 0"]
    )  # fmt: skip
    (outer,) = [row for row in sdk.rows("log") if row["msg"].startswith("outer")]
    assert outer["properties"] == {"who": "depth 2"}
    assert len(sdk.rows("metrics")) == 5


def test_a_value_whose_text_forks_records_in_both_processes(peer: Peer) -> None:
    """
    The child's event is the child's, the parent's stays the parent's.
    """
    limnograph.init("shop", peer.uri, flush_interval_s=30)
    mine = limnograph.process_id()

    class Forking:
        child = -1

        def __str__(self) -> str:
            self.child = os.fork()
            return "child" if self.child == 0 else "parent"

    forking = Forking()
    log.info("%s", forking)
    if forking.child == 0:
        os._exit(0 if limnograph.flush(10) else 1)
    assert os.waitpid(forking.child, 0)[1] == 0
    assert limnograph.flush(10)
    assert {row["block"].process_id == mine: row["msg"] for row in peer.rows("log")} == {
        True: "parent", False: "child",
    }  # fmt: skip


def test_what_is_no_exception_goes_to_the_application(sdk: Peer) -> None:
    """
    KeyboardInterrupt while a text is made is not ours to swallow; the next event is whole.
    """

    class Interrupted:
        def __str__(self) -> str:
            raise KeyboardInterrupt

    for call in (
        lambda: log.info("%s", Interrupted()),
        lambda: log.info(Interrupted()),  # type: ignore[arg-type]
        lambda: log.info("x", a=1, b=Interrupted()),
        lambda: LATENCY.record(1, b=Interrupted()),
    ):
        with pytest.raises(KeyboardInterrupt):
            call()
    log.info("after", a=1)
    assert messages(sdk) == ["after"]


def test_a_call_without_a_message_or_value_is_a_mistake_of_the_program(sdk: Peer) -> None:
    """
    Like any Python function, these say so at once, recorded level or not.
    """
    for call in (log.info, log.trace, LATENCY.record):
        with pytest.raises(TypeError):
            call()  # type: ignore[operator]
    with pytest.raises(TypeError):
        LATENCY.record(1, 2)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        log.info(msg="only by name")  # type: ignore[call-arg]
    assert messages(sdk) == []


def test_a_hundred_threads_log_at_once(sdk: Peer) -> None:
    """
    Each event arrives once and whole.
    """
    start = threading.Barrier(100)

    def work(number: int) -> None:
        start.wait()
        for step in range(50):
            log.info("%d %s", number, step, step=step, name=f"thread {number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert limnograph.flush(10)
    found = {(row["msg"], tuple(row["properties"].items())) for row in sdk.rows("log")}
    assert found == {
        (f"{number} {step}", (("step", str(step)), ("name", f"thread {number}")))
        for number in range(100)
        for step in range(50)
    }


def test_the_level_can_be_changed_while_threads_log(peer: Peer) -> None:
    """
    ``set_level`` holds from the next call on, for every thread.
    """
    limnograph.init("shop", peer.uri, level="info", flush_interval_s=30)
    stop = threading.Event()

    def chatter() -> None:
        while not stop.wait(0.001):
            log.trace("chatter")

    threads = [threading.Thread(target=chatter) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        log.debug("hidden")
        assert limnograph.set_level("debug")
        log.debug("shown")
        assert limnograph.set_level("trace")
        log.trace("fine")
        assert limnograph.set_level("ERROR")
        log.warning("hidden again")
        log.error("bad")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not limnograph.set_level("loud")
    assert [text for text in messages(peer) if text != "chatter"] == ["shown", "fine", "bad"]


def test_a_level_is_not_changed_while_nothing_is_recorded() -> None:
    """
    Without ``init`` there is nothing whose level it could be.
    """
    assert not limnograph.set_level("trace")
