"""The frontend: takes an order, asks the cart, and tells the customer what became of it."""

import logging
import os
import time

import httpx
from fastapi import FastAPI, Response
from opentelemetry import metrics

from examples.otel_shop.telemetry import NAMESPACE, observed

BOUNDS_MS = [5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 1280.0]
logger = logging.getLogger(f"{NAMESPACE}.frontend")


def application() -> FastAPI:
    """Return the service; where the cart is stands in CART_URL."""
    app = observed("frontend")
    cart = httpx.AsyncClient(base_url=os.environ["CART_URL"], timeout=30)
    took = metrics.get_meter(NAMESPACE).create_histogram(
        "order.duration", "ms", explicit_bucket_boundaries_advisory=BOUNDS_MS
    )

    @app.post("/orders/{number}")
    async def order(number: int, pieces: int, response: Response) -> dict[str, object]:
        began = time.perf_counter()
        logger.info("order %d: %d pieces", number, pieces, extra={"order": number})
        answer = await cart.post(f"/carts/{number}/checkout", params={"pieces": pieces})
        response.status_code = answer.status_code
        if answer.is_server_error:
            logger.error("order %d is lost: the shop is broken", number, extra={"order": number})
        took.record(
            1000 * (time.perf_counter() - began), {"http.response.status_code": answer.status_code}
        )
        return {"order": number, "status": answer.status_code}

    return app
