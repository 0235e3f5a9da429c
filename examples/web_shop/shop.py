"""
The shop itself: five routes, a database, a payment provider, and what can go wrong with them.

How it is instrumented: a request, and each call to another service, is a trace span, which has ids
and attributes and is found by SQL at once; what runs inside is profile spans, which cost
nanoseconds and are read for the process and the time that somebody asks about. Logs and metrics
inside a request carry its ids by themselves. What is wanted as a sum or a last value only is a
counter or a gauge: one row a second, however often it changes.
"""

import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from examples.web_shop.stock import OutOfStock, Stock
from limnograph import counter, gauge, log, metric, span, trace

HOME = span("home page")
PRODUCT = span("product page")
SEARCH = span("search page")
CART = span("cart page")
CHECKOUT = span("checkout")
QUERY_DATABASE = span("query database")
RENDER = span("render page")
RESERVE_STOCK = span("reserve stock")

LATENCY = metric("request.latency", "ms")
ORDER_VALUE = metric("order.value", "EUR")
ANSWERS = counter("answers")
OPEN_REQUESTS = gauge("requests.open", "requests")

PRICES = {"teapot": 39.0, "cup": 9.5, "kettle": 59.0, "green tea": 12.0, "whisk": 17.5}
SLOW_QUERY_S = 0.04


class PaymentTimeout(Exception):
    """The payment provider did not answer in time."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a customer."""

    route: str
    customer: str
    product: str
    pieces: int = 1
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    @property
    def name(self) -> str:
        """What its trace span is called."""
        return f"{'POST' if self.route == '/checkout' else 'GET'} {self.route}"


class Shop:
    """
    Answers requests; safe to use from many threads.

    Args:
        seed: Of everything that happens by chance.
        one_query: Count all shelves in one query, as the shop does once its slow request is mended.
    """

    def __init__(self, seed: int, *, one_query: bool = False) -> None:
        self._random = random.Random(seed)
        self._random_lock = threading.Lock()
        self._stock = Stock(PRICES, one_query=one_query)
        self._routes: dict[str, Callable[[Request], None]] = {
            "/": self._home,
            "/products": self._product,
            "/search": self._search,
            "/cart": self._cart,
            "/checkout": self._checkout,
        }

    def answer(self, request: Request) -> int:
        """Serve one request and return its HTTP status."""
        began = time.perf_counter()
        OPEN_REQUESTS.add(1)
        with trace(
            request.name, kind="server", route=request.route, request_id=request.request_id
        ) as current:
            try:
                with trace("load session", kind="client", customer=request.customer):
                    self._work(0.0004)
                self._routes[request.route](request)
                status = 200
            except OutOfStock as exc:
                status = 409
                self._warn(request, "sold out: %s", exc)
            except PaymentTimeout as exc:
                status = 502
                current.fail(exc)
                log.error(
                    "payment failed: %s",
                    exc,
                    request_id=request.request_id,
                    route=request.route,
                    customer=request.customer,
                )
            current.set(status=status)
            latency_ms = (time.perf_counter() - began) * 1000
            LATENCY.record(latency_ms, route=request.route)
            log.info(
                "%s %d in %.1f ms",
                request.route,
                status,
                latency_ms,
                request_id=request.request_id,
                route=request.route,
                status=status,
            )
        OPEN_REQUESTS.add(-1)
        ANSWERS.inc(route=request.route, status=status)
        return status

    @HOME
    def _home(self, request: Request) -> None:
        self._query(request, "offers of the day")
        self._render()

    @PRODUCT
    def _product(self, request: Request) -> None:
        self._query(request, "product and its reviews")
        self._render()

    @SEARCH
    def _search(self, request: Request) -> None:
        self._query(request, "products by word", slow=0.15)
        self._render()

    @CART
    def _cart(self, request: Request) -> None:
        self._query(request, "cart")
        self._render()

    @CHECKOUT
    def _checkout(self, request: Request) -> None:
        with RESERVE_STOCK(product=request.product):
            self._reserve(request)
        with trace("charge card", kind="client", customer=request.customer):
            self._work(0.004)
            if self._chance(0.08):
                self._work(0.03)
                raise PaymentTimeout("the provider did not answer in 30 ms")
        ORDER_VALUE.record(PRICES[request.product] * request.pieces, product=request.product)
        with trace("send confirmation", kind="producer"):
            self._work(0.001)
        self._render()

    def _reserve(self, request: Request) -> None:
        def query(what: str) -> None:
            self._query(request, what, slow=0)

        query("stock of the product")
        left = self._stock.reserve(
            request.product, request.pieces, recounts=self._chance(0.7), query=query
        )
        if left < Stock.LOW_PIECES:
            self._warn(request, "only %d left of %s", left, request.product)

    def _query(self, request: Request, what: str, *, slow: float = 0.04) -> None:
        with QUERY_DATABASE(what=what):
            seconds = SLOW_QUERY_S if self._chance(slow) else 0.0015
            self._work(seconds)
        if seconds >= SLOW_QUERY_S:
            self._warn(request, "slow query: %s took over %d ms", what, int(seconds * 1000))

    @RENDER
    def _render(self) -> None:
        self._work(0.0008)

    def _warn(self, request: Request, message: str, *values: object) -> None:
        log.warning(message, *values, request_id=request.request_id, route=request.route)

    def _chance(self, probability: float) -> bool:
        with self._random_lock:
            return self._random.random() < probability

    def _work(self, seconds: float) -> None:
        with self._random_lock:
            seconds *= self._random.uniform(0.5, 1.5)
        time.sleep(seconds)
