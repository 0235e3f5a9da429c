"""The shop's customers: threads that browse, sometimes buy, and think in between."""

import random
import threading
import time

from examples.web_shop.shop import PRICES, Request, Shop

ROUTES = ("/", "/products", "/search", "/cart", "/checkout")
WEIGHTS = (30, 35, 15, 10, 10)
THINK_S = 0.02


def visit(shop: Shop, stopped: threading.Event, until_s: float, seed: int) -> None:
    """Send requests one after the other until the time is over (monotonic) or *stopped* is set."""
    chooser = random.Random(seed)
    customer = f"customer-{seed}"
    products = list(PRICES)
    while not stopped.is_set() and time.monotonic() < until_s:
        shop.answer(
            Request(
                route=chooser.choices(ROUTES, WEIGHTS)[0],
                customer=customer,
                product=chooser.choice(products),
                pieces=chooser.choices((1, 2, 5), (80, 15, 5))[0],
            )
        )
        stopped.wait(chooser.expovariate(1 / THINK_S))


def open_the_doors(
    shop: Shop, stopped: threading.Event, *, customers: int, seconds: float, seed: int
) -> None:
    """Let customers in and wait until the last one has left."""
    until_s = time.monotonic() + seconds
    threads = [
        threading.Thread(
            target=visit, args=(shop, stopped, until_s, seed + number), name=f"customer-{number}"
        )
        for number in range(customers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
