"""
What every door does once it has a body: read it beside the event loop, store it, count it.

A door (OTLP over HTTP or gRPC, Loki, Prometheus, ...) turns a body into submissions; from there on
they are all the same: durable when `store` returns.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar, TypeVarTuple

from auth.principal import Principal
from ingest_api.audiences import scoped
from ingest_api.body import DECOMPRESSION_THREADS
from ingest_api.group_commit import Outcome, Submission
from ingest_api.limits import INLINE_DECOMPRESSION_BYTES_MAX
from ingest_api.receiver import Receiver

Arguments = TypeVarTuple("Arguments")
Found = TypeVar("Found")


async def beside(parse: Callable[[*Arguments], Found], *arguments: *Arguments, size: int) -> Found:
    """
    Return what *parse* makes of a body of *size* bytes; a long one is read in a thread.

    Raises:
        LakeError: What *parse* raises.
    """
    if size <= INLINE_DECOMPRESSION_BYTES_MAX:
        return parse(*arguments)
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(DECOMPRESSION_THREADS, parse, *arguments)


async def store(
    receiver: Receiver, submissions: Sequence[Submission], received: int, sender: Principal
) -> list[Outcome]:
    """
    Return when everything is durable; the request is then counted.

    Args:
        receiver: Where it is stored.
        submissions: What a request asks to store, one for each process.
        received: Bytes of the request as it was sent.
        sender: Who sends it, and whose it becomes.

    Raises:
        LakeError: Something was not stored; sending the request again is harmless.
    """
    own = [scoped(submission, sender) for submission in submissions]
    outcomes = list(await asyncio.gather(*receiver.groups.put(own)))
    whole = Outcome(
        accepted=sum(outcome.accepted for outcome in outcomes),
        duplicates=sum(outcome.duplicates for outcome in outcomes),
        events=sum(outcome.events for outcome in outcomes),
    )
    receiver.metrics.request_stored(whole, received)
    return outcomes
