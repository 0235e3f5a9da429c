"""Places of log calls: named by constants, found again, and never multiplied by what varies."""

import gc
import threading
from typing import Any

import psutil

import limnograph
from limnograph import log, metric, recorder
from tests.sdk.peer import Peer

VALUES = metric("values")
RESIDENT_BYTES_MAX = 8 * 1024 * 1024
"""Growth of the process that is no finding: pages that come and go."""


def varied(rounds: int) -> None:
    """Log and record with a message or keys that are never the same."""
    for number in range(rounds):
        text = f"variable {number}"
        log.info(f"f-string {number}")
        log.info(text)
        log.info("changing keys", **{f"key{number}": number})
        log.info(f"both {number}", **{f"key{number}": number, "same": 1})
        log.info("%d " + text, number)
        VALUES.record(number, **{f"key{number}": number})


def resident_bytes() -> int:
    """Return what the process has in memory."""
    gc.collect()
    return int(psutil.Process().memory_info().rss)


def test_f_strings_and_changing_keys_leave_nothing_behind(sdk: Peer) -> None:
    """
    100,000 messages and sets of keys that are never the same add no site and no memory.
    """
    sdk.store = lambda _request: None  # type: ignore[method-assign]
    for _ in range(3):
        varied(2000)
        assert limnograph.flush(10)
    sites, resident = recorder.log_sites(), resident_bytes()
    for _ in range(10):
        varied(2000)
        assert limnograph.flush(10)
        sdk.bodies.clear()
    assert recorder.log_sites() == sites
    assert resident_bytes() - resident < RESIDENT_BYTES_MAX


def rows(peer: Peer) -> list[dict[str, Any]]:
    """Flush and return the log rows."""
    assert limnograph.flush(10)
    return peer.rows("log")


def test_a_place_is_one_site_however_often_it_is_passed(sdk: Peer) -> None:
    """
    Also when the interpreter specialises the call after some rounds.
    """
    for number in range(200):
        log.info("many %d", number, number=number)
        log.info("plain")
    assert len(rows(sdk)) == 400
    content = next(iter(sdk.blocks.values()))[1]
    assert sorted(site["name"] for site in content["sites"]) == ["many %d", "plain"]


def test_two_constants_at_one_place_name_it_by_the_first(sdk: Peer) -> None:
    """
    The other ones arrive as messages without a template.
    """
    for number in range(6):
        log.info("even" if number % 2 == 0 else "odd")
    found = [(row["msg"], row["name"]) for row in rows(sdk)]
    assert found == [("even", "even"), ("odd", "")] * 3
    assert len({row["line"] for row in rows(sdk)}) == 1


def test_a_long_template_is_cut_in_its_site_only(sdk: Peer) -> None:
    """
    The message is whole, formatted later or not.
    """
    names: dict[str, Any] = {"log": log, "__name__": "made"}
    exec(f"log.info({'t' * 5000 + ' %d'!r}, 7)\nlog.info({'u' * 5000!r})", names)
    first, second = rows(sdk)
    assert (first["msg"], first["name"]) == ("t" * 5000 + " 7", "t" * 1024)
    assert (second["msg"], second["name"]) == ("u" * 5000, "u" * 1024)


def test_code_without_a_name_or_with_a_strange_one_has_a_place(sdk: Peer) -> None:
    """
    ``__name__`` may be missing, or anything.
    """

    class Name:
        def __str__(self) -> str:
            log.info("asked")
            return "strange"

    for names in ({}, {"__name__": Name()}, {"__name__": None}):
        exec(compile("\n\nlog.info('here')", "file\ud800.py", "exec"), {**names, "log": log})
    found = [row for row in rows(sdk) if row["msg"] == "here"]
    assert [row["target"] for row in found][1:] == ["strange", "None"]
    assert {(row["file"], row["line"]) for row in found} == {("file?.py", 3)}


def test_places_are_found_by_many_threads_at_once(sdk: Peer) -> None:
    """
    New places met by all threads at the same time are one each.
    """
    source = "\n".join(f"log.info('place {number}')" for number in range(50))
    code = compile(source, "places.py", "exec")
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        exec(code, {"log": log, "__name__": "places"})

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = rows(sdk)
    assert len(found) == 400
    assert {(row["name"], row["line"]) for row in found} == {
        (f"place {number}", number + 1) for number in range(50)
    }
    (block,) = sdk.blocks.values()
    assert len(block[1]["sites"]) == 50
