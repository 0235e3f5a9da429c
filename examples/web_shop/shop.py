"""
The shop itself: five routes, a database, a payment provider, and what can go wrong with them.

How it is instrumented: spans, metrics, counters and gauges are made once at module level and used
where the work is; every request carries its ``request_id`` and ``route`` on its span and on its
logs, so that one can be found from the other. What is wanted as a sum or a last value only is a
counter or a gauge: one row a second, however often it changes.
"""

import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from limnograph import counter, gauge, log, metric, span

REQUEST = span("request")
LOAD_SESSION = span("load session")
QUERY_DATABASE = span("query database")
RENDER = span("render page")
RESERVE_STOCK = span("reserve stock")
CHARGE_CARD = span("charge card")
SEND_MAIL = span("send confirmation")

LATENCY = metric("request.latency", "ms")
ORDER_VALUE = metric("order.value", "EUR")
ANSWERS = counter("answers")
STOCK = gauge("stock.level", "pieces")
OPEN_REQUESTS = gauge("requests.open", "requests")

PRICES = {"teapot": 39.0, "cup": 9.5, "kettle": 59.0, "green tea": 12.0, "whisk": 17.5}
RESTOCK_PIECES = 40
LOW_STOCK_PIECES = 5
SLOW_QUERY_S = 0.04


class OutOfStock(Exception):
    """The product that was ordered is sold out."""


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


class Shop:
    """Answers requests; safe to use from many threads."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._stock = dict.fromkeys(PRICES, RESTOCK_PIECES)
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
        with REQUEST(route=request.route, request_id=request.request_id) as current:
            try:
                with LOAD_SESSION:
                    self._work(0.0004)
                self._routes[request.route](request)
                status = 200
            except OutOfStock as exc:
                status = 409
                self._warn(request, "sold out: %s", exc)
            except PaymentTimeout as exc:
                status = 502
                log.error(
                    "payment failed: %s",
                    exc,
                    request_id=request.request_id,
                    route=request.route,
                    customer=request.customer,
                )
            current.set(status=status)
        latency_ms = (time.perf_counter() - began) * 1000
        OPEN_REQUESTS.add(-1)
        ANSWERS.inc(route=request.route, status=status)
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
        return status

    def _home(self, request: Request) -> None:
        self._query(request, "offers of the day")
        self._render()

    def _product(self, request: Request) -> None:
        self._query(request, "product and its reviews")
        self._render()

    def _search(self, request: Request) -> None:
        self._query(request, "products by word", slow=0.15)
        self._render()

    def _cart(self, request: Request) -> None:
        self._query(request, "cart")
        self._render()

    def _checkout(self, request: Request) -> None:
        with RESERVE_STOCK(product=request.product):
            self._reserve(request)
        with CHARGE_CARD(customer=request.customer):
            self._work(0.004)
            if self._chance(0.08):
                self._work(0.03)
                raise PaymentTimeout("the provider did not answer in 30 ms")
        ORDER_VALUE.record(PRICES[request.product] * request.pieces, product=request.product)
        with SEND_MAIL:
            self._work(0.001)
        self._render()

    def _reserve(self, request: Request) -> None:
        self._query(request, "stock of the product")
        with self._lock:
            left = self._stock[request.product] - request.pieces
            if left >= 0:
                self._stock[request.product] = left
            elif self._random.random() < 0.5:
                self._stock[request.product] = RESTOCK_PIECES
        if left < 0:
            raise OutOfStock(request.product)
        STOCK.set(left, product=request.product)
        if left < LOW_STOCK_PIECES:
            self._warn(request, "only %d left of %s", left, request.product)

    def _query(self, request: Request, what: str, *, slow: float = 0.04) -> None:
        with QUERY_DATABASE(what=what):
            seconds = SLOW_QUERY_S if self._chance(slow) else 0.0015
            self._work(seconds)
        if seconds >= SLOW_QUERY_S:
            self._warn(request, "slow query: %s took over %d ms", what, int(seconds * 1000))

    def _render(self) -> None:
        with RENDER:
            self._work(0.0008)

    def _warn(self, request: Request, message: str, *values: object) -> None:
        log.warning(message, *values, request_id=request.request_id, route=request.route)

    def _chance(self, probability: float) -> bool:
        with self._lock:
            return self._random.random() < probability

    def _work(self, seconds: float) -> None:
        with self._lock:
            seconds *= self._random.uniform(0.5, 1.5)
        time.sleep(seconds)
