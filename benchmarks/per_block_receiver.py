"""
The receiver's other peer: the usual design, one object per block and one row per block.

It gives the same promise as ours (checked envelope, unique block ids, bytes and rows durable before
the answer) without packing: each block is a file with its own fsync, each request a transaction.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from psycopg_pool import AsyncConnectionPool

from limnograph.wire.envelope import Request as Envelope
from limnograph.wire.envelope import parse_request

CREATE = """
CREATE TABLE IF NOT EXISTS peer_blocks (block_id uuid PRIMARY KEY, process_id uuid, stream_id uuid,
    begin_time_ns bigint, end_time_ns bigint, nb_objects int, payload_size bigint)
"""
INSERT = """
INSERT INTO peer_blocks VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
CONNECTIONS = 8


def create_app(folder: Path, database_url: str) -> FastAPI:
    """Return the application that keeps each block as a file in *folder*."""
    pool = AsyncConnectionPool(database_url, max_size=CONNECTIONS, open=False)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with pool:
            async with pool.connection() as conn:
                await conn.execute(CREATE)
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/ready")
    async def ready() -> dict[str, str]:
        return {}

    @app.post("/v1/blocks")
    async def blocks(request: Request) -> dict[str, int]:
        envelope = parse_request(await request.body())
        await run_in_threadpool(_write, folder, envelope)
        rows = [
            (
                block.block_id,
                block.process_id,
                block.stream_id,
                block.begin_time_ns,
                block.end_time_ns,
                block.nb_objects,
                block.payload_size,
            )
            for block in envelope.blocks
        ]
        async with pool.connection() as conn, conn.cursor() as cursor:
            await cursor.executemany(INSERT, rows)
        return {"accepted": len(rows)}

    return app


def _write(folder: Path, envelope: Envelope) -> None:
    for block, payload in zip(envelope.blocks, envelope.payloads, strict=True):
        path = folder / block.block_id
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        try:
            os.write(descriptor, payload)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


if __name__ == "__main__":
    target = Path(sys.argv[2])
    target.mkdir()
    app = create_app(target, sys.argv[3])
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
