"""
A small application under the SDK: what it records is what the clients are asked about.

Run as a program with the receiver's address in LIMNO_INGEST_URI; prints its process id.
"""

import limnograph
from limnograph import log, metric, span

STOCK = metric("stock", "pieces")
CHECKOUT, PAYMENT = span("checkout"), span("payment")
ORDERS, VISITS = 250, 3
LOGS, MEASURES, SPANS = ORDERS + 5, ORDERS + VISITS, 2 * VISITS


def main() -> None:
    """Record a few hundred events of every kind and see them acknowledged."""
    limnograph.init("shop", properties={"region": "eu"}, level="trace")
    for number in range(ORDERS):
        log.info("order %d of %s", number, "ann", item=f"i{number % 3}")
        STOCK.record(number / 2, item="tea")
    log.fatal("fatal")
    log.error("error")
    log.warning("grüße 🚀")
    log.debug("a 'quoted' \"text\",\nof two lines")
    log.trace("")
    for number in range(VISITS):
        with CHECKOUT(order_id=f"o-{number}"), PAYMENT():
            STOCK.record(-1.0)
    assert limnograph.flush(60), limnograph.stats()
    print(limnograph.process_id())


if __name__ == "__main__":
    main()
