"""What ``import limnograph`` costs, beside modules of the standard library in the same run."""

from limnograph import recorder
from tests.sdk.programs import run

MEASURE = """
    import sys, time, {before}
    def resident_kib():
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    memory, begin = resident_kib(), time.process_time_ns()
    import {module}
    print(time.process_time_ns() - begin, resident_kib() - memory)
"""

ROUNDS = 7
GROWTH_MIB_MAX = 5.0
HTTP_CLIENTS_MAX = 0.9 if recorder.NATIVE else 1.5
"""Most that the import may cost, in imports of ``http.client``; measured are 0.65 and 1.0."""


def cost(module: str) -> tuple[float, float]:
    """Return the CPU seconds and MiB of an import in a fresh interpreter, the least of several."""
    rounds = []
    for _ in range(ROUNDS):
        out, _ = run(MEASURE.format(module=module, before="os"))
        spent_ns, grown_kib = map(int, out.split())
        rounds.append((spent_ns / 1e9, grown_kib / 1024))
    return min(spent for spent, _ in rounds), min(grown for _, grown in rounds)


def test_the_import_is_cheaper_than_that_of_the_librarys_http_client() -> None:
    """
    A ratio in one run, as the time of a busy machine says nothing; memory is what it is.
    """
    ours_s, ours_mib = cost("limnograph")
    theirs_s, _ = cost("http.client")
    assert ours_s < HTTP_CLIENTS_MAX * theirs_s, (ours_s, theirs_s)
    assert ours_mib < GROWTH_MIB_MAX


def test_recording_imports_neither_asyncio_nor_the_network() -> None:
    """
    They come with ``init``, as far as they are needed at all.
    """
    run(
        """
        import sys
        before = set(sys.modules)
        import limnograph
        from limnograph import counter, gauge, log, metric, span
        @span("s")
        async def work(): pass
        log.info("x"), metric("m").record(1), counter("c").inc(), gauge("g").set(1)
        new = {name.partition(".")[0] for name in set(sys.modules) - before}
        heavy = {"asyncio", "http", "urllib", "ssl", "socket", "email", "json", "select",
                 "logging", "traceback", "dataclasses", "inspect", "typing_extensions"}
        assert not new & heavy, new & heavy
        limnograph.init("x", "http://127.0.0.1:9", state_dir="none")
        assert "asyncio" not in sys.modules
        limnograph.shutdown(0)
        """
    )
