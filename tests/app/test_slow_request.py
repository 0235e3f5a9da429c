"""The demo shop's slow request: found by SQL, opened as a trace, its cause seen in its profile."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

import limnograph
from examples.web_shop.stock import Stock
from limnograph.cli import main
from limnograph.client import Client
from stack.postgres import EmbeddedPostgres
from tests.app.processes import SERVICES, lake_environ, start
from tests.app.running_shop import run_shop
from tests.app.spans_page import questions
from tests.conftest import fresh_database
from tests.query_engine.export.reading import Drawn, Slice, drawn

pytestmark = pytest.mark.slow

TREE = "A trace: its tree and its critical path"
RECOUNT = ("checkout", "reserve stock", "recount the shelves", "query database")
WAIT = ("checkout", "reserve stock", "wait for the stock")


@dataclass(frozen=True)
class Shop:
    """What a shop has sent to a lake, where to ask for it, and what SQL calls its slow request."""

    lake: Client
    addresses: dict[str, str]
    told: dict[str, Any]
    trace_id: str
    span_id: str

    @property
    def process_id(self) -> str:
        """Its process."""
        return str(self.told["process_id"])

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the answer to a question."""
        return [tuple(row) for row in self.lake.query(sql).rows()]


@pytest.fixture(scope="module")
def shop(
    postgres_server: EmbeddedPostgres,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shop]:
    """A shop that was open for some seconds; its slow request is the first that the page finds."""
    with ExitStack() as running:
        url = running.enter_context(fresh_database(postgres_server, migrated_template))
        environ = lake_environ(url, tmp_path_factory.mktemp("lake"))
        addresses: dict[str, str] = {}
        for module in SERVICES:
            addresses |= start(module, environ, running)
        told = run_shop(addresses["ingest"])
        lake = running.enter_context(limnograph.connect(addresses["flight"]))
        trace_id, span_id, *_ = lake.query(questions()[0]).rows()[0]
        yield Shop(lake, addresses, told, trace_id, span_id)


def test_the_slow_request_is_a_checkout_that_counts_or_waits_for_one_that_does(shop: Shop) -> None:
    """
    The page's joins lead from the trace to the cause: a query for each shelf, under the lock.
    """
    known = {name: str(getattr(shop, name)) for name in ("trace_id", "span_id", "process_id")}
    slow, logged, measured, direct, deep, ran = map(shop.rows, questions(**known))
    assert slow[0][0] == shop.trace_id
    assert slow[0][3] == "POST /checkout"
    assert re.fullmatch(r"/checkout \d+ in [\d.]+ ms", logged[-1][2])
    assert "request.latency" in {row[1] for row in measured}
    assert [row[1] for row in direct if row[0] == "POST /checkout"] == ["checkout"]
    assert sorted(row[2:] for row in deep) == sorted(ran)
    took = {row[0]: row[1] for row in ran}
    assert max(took["wait for the stock"], took.get("recount the shelves", 0)) > slow[0][4] / 2


def test_the_flame_graph_of_its_time_shows_the_cause(shop: Shop) -> None:
    """
    Of all that the shop did while the request ran, the queries of the recount are named as such.
    """
    ((begin, end),) = shop.rows(
        "SELECT CAST(start_time AS VARCHAR), CAST(end_time AS VARCHAR) FROM otel_spans"
        f" WHERE trace_id = '{shop.trace_id}' AND span_id = '{shop.span_id}'"
    )
    flame = {
        row[0]: row[1:]
        for row in shop.rows(
            f"SELECT path, count, inclusive FROM flame('{shop.process_id}', '{begin}', '{end}')"
        )
    }
    assert flame[";".join(RECOUNT)][0] >= Stock.SHELVES / 2
    recount = ";".join(RECOUNT[:-1])
    assert flame[recount][1] >= 0.9 * flame[";".join(RECOUNT)][1]
    whole = dict(shop.rows(f"SELECT path, count FROM flame('{shop.process_id}')"))
    assert whole[";".join(RECOUNT)] == Stock.SHELVES * whole[recount]


def test_it_opens_as_a_trace(shop: Shop) -> None:
    """
    Its tree, its logs and measures, and a critical path that is as long as the request.
    """
    sqls = questions(TREE, trace_id=shop.trace_id)
    tree, bundle, critical = map(shop.rows, sqls)
    names = [row[0] for row in tree]
    assert names[:2] == ["POST /checkout", "  load session"]
    duration = tree[0][2]
    assert {"span", "log", "measure"} == {row[2] for row in bundle}
    assert any("/checkout" in row[1] for row in bundle if row[2] == "log")
    assert sum(row[2] for row in critical) == duration
    assert critical[0][1] == "POST /checkout", "it waits for nobody else"


@pytest.fixture(scope="module")
def files(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Drawn]:
    """The trace and the process as files of `limno trace`, read as Perfetto's decoder does."""
    folder = tmp_path_factory.mktemp("traces")
    asked = {"trace": ("--trace-id", shop.trace_id), "process": (shop.process_id,)}
    read = {}
    for name, options in asked.items():
        file = folder / f"{name}.perfetto-trace"
        uri = shop.addresses["http"]
        assert main(["trace", *options, "-o", str(file), "--uri", uri]) == 0
        read[name] = drawn(file.read_bytes())
        path = f"trace/{shop.trace_id}" if name == "trace" else shop.process_id
        answer = httpx.get(f"{uri}/api/perfetto/{path}")
        assert answer.raise_for_status().content == file.read_bytes()
    return read


def test_its_profile_is_read_by_perfettos_decoder_without_a_warning(
    shop: Shop, files: dict[str, Drawn]
) -> None:
    """
    Nested as it ran, unique, interned, in order; as many spans as were acknowledged.
    """
    process = files["process"]
    profile = [one for one in process.slices if one.names[0] in {"checkout", "cart page"}]
    assert {RECOUNT, WAIT} <= {one.names for one in profile}
    (expected,) = shop.rows(
        f"SELECT (SELECT count(*) FROM process_spans('{shop.process_id}', 'both')),"
        f" (SELECT count(*) FROM otel_spans WHERE process_id = '{shop.process_id}')"
    )
    assert len(process.slices) == sum(expected)
    request = the_request(process, shop)
    within = [one for one in profile if request.begin <= one.begin <= one.end <= request.end]
    assert {RECOUNT, WAIT} & {one.names for one in within}


def test_the_exported_trace_is_the_request(shop: Shop, files: dict[str, Drawn]) -> None:
    """
    The file of the trace has its spans and its logs, and nothing of other requests.
    """
    trace = files["trace"]
    ((count,),) = shop.rows(f"SELECT count(*) FROM otel_spans WHERE trace_id = '{shop.trace_id}'")
    assert len(trace.slices) == count
    assert the_request(trace, shop).names == ("POST /checkout",)
    assert any("/checkout" in text for _, _, text, _ in trace.instants)


def the_request(seen: Drawn, shop: Shop) -> Slice:
    """Return the slice of the slow request."""
    ((id_,),) = shop.rows(
        f"SELECT properties['request_id'] FROM otel_spans WHERE trace_id = '{shop.trace_id}'"
        f" AND span_id = '{shop.span_id}'"
    )
    (found,) = [one for one in seen.slices if ("request_id", id_) in one.attributes]
    return found
