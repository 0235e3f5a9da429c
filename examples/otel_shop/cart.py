"""The cart: keeps the stock in SQLite, and asks for the money before it gives anything away."""

import logging
import os
import sqlite3

import httpx
from fastapi import FastAPI, HTTPException
from opentelemetry import metrics, trace

from examples.otel_shop.telemetry import NAMESPACE, observed

TEAPOTS = 10_000
PRICE_EUR = 39.0
logger = logging.getLogger(f"{NAMESPACE}.cart")
tracer = trace.get_tracer(f"{NAMESPACE}.cart")


class Stock:
    """What is left; every statement is a span, with the attributes that databases have."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:")
        self._db.execute("CREATE TABLE stock (product TEXT PRIMARY KEY, pieces INTEGER)")
        self._db.execute("INSERT INTO stock VALUES ('teapot', ?)", (TEAPOTS,))

    def take(self, pieces: int) -> int:
        """Take so many teapots; returns how many are left."""
        sql = "UPDATE stock SET pieces = pieces - ? WHERE product = 'teapot' RETURNING pieces"
        about = {"db.system.name": "sqlite", "db.query.text": sql, "db.namespace": "stock"}
        with tracer.start_as_current_span("UPDATE stock", kind=trace.SpanKind.CLIENT) as span:
            span.set_attributes(about)
            ((left,),) = self._db.execute(sql, (pieces,)).fetchall()
            return int(left)


def application() -> FastAPI:
    """Return the service; where payment is stands in PAYMENT_URL."""
    app, stock = observed("cart"), Stock()
    payment = httpx.AsyncClient(base_url=os.environ["PAYMENT_URL"], timeout=30)
    sold = metrics.get_meter(NAMESPACE).create_counter("sold", "{piece}")

    @app.post("/carts/{number}/checkout")
    async def checkout(number: int, pieces: int) -> dict[str, int]:
        euros = pieces * PRICE_EUR
        answer = await payment.post(f"/charges/{number}", params={"euros": euros})
        if answer.status_code == 402:
            logger.warning("order %d: the card was refused", number, extra={"order": number})
        if answer.is_error:
            raise HTTPException(answer.status_code, "not paid")
        left = stock.take(pieces)
        sold.add(pieces, {"product": "teapot"})
        logger.info("order %d: %d teapots left", number, left, extra={"order": number})
        return {"left": left}

    return app
