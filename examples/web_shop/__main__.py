"""``python -m examples.web_shop``: the shop under traffic, and what the receiver acknowledged."""

import argparse
import json
import signal
import threading
from types import FrameType

import limnograph
from examples.web_shop.customers import open_the_doors
from examples.web_shop.shop import Shop


def main() -> int:
    """Run the shop; print one JSON line about what was sent, 1 if something was not."""
    parser = argparse.ArgumentParser(prog="web_shop", description=__doc__)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="default: until Ctrl-C")
    parser.add_argument("--customers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--one-query", action="store_true", help="with the cause of its slow request mended"
    )
    arguments = parser.parse_args()

    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)

    limnograph.init(service="web_shop", properties={"version": "1.0", "region": "eu-1"})
    process_id = limnograph.process_id()
    limnograph.log.info("the shop opens for %d customers", arguments.customers)
    open_the_doors(
        Shop(arguments.seed, one_query=arguments.one_query),
        stopped,
        customers=arguments.customers,
        seconds=arguments.seconds,
        seed=arguments.seed,
    )
    limnograph.log.info("the shop closes")
    complete = limnograph.shutdown(timeout_s=30)
    stats = limnograph.stats()
    summary = {
        "process_id": process_id,
        "acknowledged": stats.acknowledged_events - stats.recovered_events,
        "dropped": dict(stats.dropped),
        "complete": complete,
    }
    print(json.dumps(summary), flush=True)
    return 0 if complete else 1


if __name__ == "__main__":
    raise SystemExit(main())
