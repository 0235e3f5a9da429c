"""
Payment: charges cards. Which orders are slow, are refused, or fail is known by their number.

So what telemetry says can be held against what happened.
"""

import asyncio
import logging

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from opentelemetry import metrics, trace

from examples.otel_shop.telemetry import NAMESPACE, observed

SLOW_S = 0.3
logger = logging.getLogger(f"{NAMESPACE}.payment")
tracer = trace.get_tracer(f"{NAMESPACE}.payment")


class BankUnreachable(Exception):
    """The bank does not answer."""


def is_slow(number: int) -> bool:
    """Whether the bank takes its time for this order."""
    return number % 10 == 3


def is_refused(number: int) -> bool:
    """Whether the card of this order is refused."""
    return number % 25 == 12


def fails(number: int) -> bool:
    """Whether the bank cannot be reached for this order."""
    return number % 25 == 7


def application() -> FastAPI:
    """Return the service."""
    app = observed("payment")
    charged = metrics.get_meter(NAMESPACE).create_counter("charged", "EUR")

    @app.exception_handler(BankUnreachable)
    async def unreachable(_: Request, error: BankUnreachable) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 500)

    @app.post("/charges/{number}")
    async def charge(number: int, euros: float) -> dict[str, float]:
        with tracer.start_as_current_span("charge card", attributes={"order": number}) as span:
            span.set_attribute("euros", euros)
            await asyncio.sleep(SLOW_S if is_slow(number) else 0.002)
            if is_slow(number):
                span.add_event("the bank was slow", {"seconds": SLOW_S})
            if fails(number):
                raise BankUnreachable(f"no answer for order {number}")
        if is_refused(number):
            raise HTTPException(402, "the card was refused")
        charged.add(euros)
        logger.info("order %d: %.2f EUR", number, euros, extra={"order": number})
        return {"euros": euros}

    return app
