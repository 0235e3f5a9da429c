"""
What it costs a request to be asked who sends it, beside the same request at a door that is open.

In the process: the gate of the HTTP doors before a route that answers at once, without a network.
Over a connection: the same application in uvicorn, asked by one client that keeps its connection.
The peer is each time the same request, with its credential, where none is wanted. Tokens are signed
with real keys.

    python -m benchmarks.auth [--quick]
"""

import asyncio
import random
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import Any

import httpx
import uvicorn
from joserfc import jwk, jwt
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from auth.authenticator import AsyncAuthenticator, Authenticator
from auth.connections import key_connection, key_connections
from auth.http_gate import HttpGate, RouteRules
from auth.key_records import KeyRecords, KeyWish
from auth.key_ring import KeyRing
from auth.principal import anybody
from auth.provider_keys import ProviderKeys
from auth.settings import Issuer
from auth.tokens import Tokens
from benchmarks.report_lines import Line, arguments, emit
from benchmarks.scratch_lake import scratch_lake

ISSUER = Issuer(issuer="https://id.example.org", audience="limnograph")
ALGORITHMS = ("RS256", "ES256", "Ed25519")
WITH, WITHOUT = "/asks/who", "/asks/not"


def key_of(alg: str) -> Any:
    """Return a private key for signatures of *alg*."""
    if alg == "RS256":
        return jwk.RSAKey.generate_key(2048, {"kid": alg})
    if alg == "ES256":
        return jwk.ECKey.generate_key("P-256", {"kid": alg})
    return jwk.OKPKey.generate_key("Ed25519", {"kid": alg})


def token_of(key: Any, alg: str) -> str:
    """Return a good token."""
    now = int(time.time())
    claims = {"iss": ISSUER.issuer, "aud": ISSUER.audience, "sub": "job", "exp": now + 3_600}
    return jwt.encode({"alg": alg, "kid": key.kid}, claims, key, algorithms=[alg])


async def route(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at once."""
    await PlainTextResponse("ok")(scope, receive, send)


def gate(authenticator: Authenticator) -> HttpGate:
    """Return the gate before the route."""
    return HttpGate(
        route,
        AsyncAuthenticator(authenticator),
        RouteRules({f"POST {WITH}": "reader", f"POST {WITHOUT}": "reader"}),
        lambda _, error: PlainTextResponse(str(error), error.http_status),
    )


def both_doors(database_url: str, public: dict[str, Any]) -> tuple[ASGIApp, Authenticator]:
    """Return one application with a door that asks and one that does not, and what the one asks."""
    pool = key_connections(database_url)
    asking = Authenticator(
        [ISSUER],
        KeyRing(KeyRecords(pool.connection)),
        keys_of=lambda one: ProviderKeys(one.issuer, "https://x/keys", lambda _: public),
        closing=pool.close,
    )
    gates = {WITH: gate(asking), WITHOUT: gate(Authenticator(anybody=anybody("reader")))}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await gates[scope["path"]](scope, receive, send)

    return app, asking


async def timed_call(app: ASGIApp, path: str, credential: str) -> float:
    """Return how long a request takes, in microseconds."""
    headers = [(b"host", b"lake"), (b"authorization", f"Bearer {credential}".encode())]
    scope: Scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
    statuses: list[int] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    begin = time.perf_counter_ns()
    await app(scope, receive, send)
    took = (time.perf_counter_ns() - begin) / 1e3
    assert statuses == [200], statuses
    return took


def serve(bound: socket.socket, database_url: str, public: dict[str, Any]) -> None:
    """Serve both doors; a process of its own, so that the client's work is not the server's."""
    app, asking = both_doors(database_url, public)
    uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off")).run([bound])
    asking.close()


@contextmanager
def served(database_url: str, public: dict[str, Any]) -> Iterator[str]:
    """Start `serve`; yields its URL."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        process = get_context("fork").Process(target=serve, args=(bound, database_url, public))
        process.start()
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            process.terminate()
            process.join()


def timed_request(client: httpx.Client, url: str, credential: str) -> float:
    """Return how long a request over a kept connection takes, in microseconds."""
    begin = time.perf_counter_ns()
    answer = client.post(url, headers={"Authorization": f"Bearer {credential}"})
    took = (time.perf_counter_ns() - begin) / 1e3
    assert answer.status_code == 200, answer.text
    return took


def measured(
    name: str, ways: dict[tuple[str, str], Callable[[], float]], rounds: int, **conditions: Any
) -> None:
    """
    Print what each kind of credential costs with a door that asks, beside one that does not.

    The ways take turns, request by request and in an order that changes, so that all see the same
    machine.
    """
    found: dict[tuple[str, str], list[float]] = {way: [] for way in ways}
    order = list(ways)
    for _ in range(rounds):
        random.shuffle(order)
        for way in order:
            found[way].append(ways[way]())
    medians = {way: statistics.median(values) for way, values in found.items()}
    for kind in sorted({kind for kind, _ in ways}):
        value, peer = medians[kind, WITH], medians[kind, WITHOUT]
        told = {"added_us": round(value - peer, 2), "requests": rounds, **conditions}
        emit(
            Line(
                name=f"{name}.{kind}",
                value=value,
                unit="us",
                peer="the same request where no credential is wanted",
                peer_value=peer,
                conditions=told,
            )
        )


def first_checks(signed: dict[str, Any], count: int) -> None:
    """Print what a token costs that was not seen before, by its signature."""
    for alg, key in signed.items():
        document = {"keys": [one.as_dict(private=False) for one in signed.values()]}
        keys = partial(ProviderKeys, fetch=lambda _, found=document: found)
        tokens = Tokens([ISSUER], time.time, lambda one, of=keys: of(one.issuer, "https://x/k"))
        token = token_of(key, alg)
        pure, whole = [], []
        for _ in range(count):
            begin = time.perf_counter_ns()
            jwt.decode(token, key, algorithms=[alg])
            middle = time.perf_counter_ns()
            tokens.check(token)
            pure.append((middle - begin) / 1e3)
            whole.append((time.perf_counter_ns() - middle) / 1e3)
        emit(
            Line(
                name=f"auth.first_check.{alg}",
                value=statistics.median(whole),
                unit="us",
                peer="joserfc alone, checking the signature",
                peer_value=statistics.median(pure),
            )
        )


def main() -> None:
    """Measure and print."""
    quick = arguments(__doc__).quick
    calls, requests = (1_000, 500) if quick else (20_000, 10_000)
    signed = {alg: key_of(alg) for alg in ALGORITHMS}
    public = {"keys": [one.as_dict(private=False) for one in signed.values()]}
    with scratch_lake() as lake:
        database_url = lake.settings.database_url
        records = KeyRecords(partial(key_connection, database_url))
        key, _ = records.mint(KeyWish(name="benchmark", scopes=["query"]), by="benchmark")
        credentials = {"key": key, "token": token_of(signed["RS256"], "RS256")}
        pairs = [(kind, path) for kind in credentials for path in (WITH, WITHOUT)]
        with served(database_url, public) as url, httpx.Client(base_url=url, timeout=60) as client:
            ways = {
                (kind, path): partial(timed_request, client, path, credentials[kind])
                for kind, path in pairs
            }
            measured("auth.request", ways, requests)
        app, asking = both_doors(database_url, public)
        with asyncio.Runner() as loop:
            ways = {
                (kind, path): lambda p=path, c=credentials[kind]: loop.run(timed_call(app, p, c))
                for kind, path in pairs
            }
            measured("auth.gate", ways, calls)
        asking.close()
    first_checks(signed, 200 if quick else 2_000)


if __name__ == "__main__":
    main()
