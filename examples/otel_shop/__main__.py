"""``python -m examples.otel_shop``: the shop under load, then what SQL says about it."""

import argparse
import json
import os
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
import polars as pl

import limnograph
from examples.otel_shop.questions import answers
from examples.otel_shop.services import open_shop

CUSTOMERS = 8


def main() -> int:
    """Sell teapots, ask five questions; the last line is JSON about what the customers saw."""
    parser = argparse.ArgumentParser(prog="otel_shop", description=__doc__)
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument(
        "--lake", default=os.environ.get("LIMNO_QUERY_URI", "grpc://127.0.0.1:9482")
    )
    asked = parser.parse_args()
    since = datetime.now(UTC).isoformat()
    print(f"{asked.orders} orders to three services", flush=True)
    with open_shop() as frontend:
        statuses = buy(frontend, asked.orders)
    with limnograph.connect(asked.lake) as lake:
        for question, sql, found in answers(lake, since):
            with pl.Config(
                tbl_rows=40, fmt_str_lengths=60, tbl_width_chars=160, tbl_hide_dataframe_shape=True
            ):
                print(f"\n{question}\n\n{sql}\n\n{found}")
    print(json.dumps({"since": since, "orders": asked.orders, "statuses": statuses}), flush=True)
    return 0


def buy(frontend: str, orders: int) -> dict[int, int]:
    """Place so many orders, several at once; returns how many ended with each status."""
    pieces = random.Random(1)
    with httpx.Client(base_url=frontend, timeout=60) as http, ThreadPoolExecutor(CUSTOMERS) as many:

        def order(number: int, count: int) -> int:
            return http.post(f"/orders/{number}", params={"pieces": count}).status_code

        counts = [pieces.randint(1, 5) for _ in range(orders)]
        return dict(Counter(many.map(order, range(orders), counts)))


if __name__ == "__main__":
    raise SystemExit(main())
