"""
The receiver's peer: the least that makes a body durable, and nothing else.

One FastAPI route under uvicorn, one file and one fsync per request. No envelope check, no
deduplication, no metadata: what it costs is what any receiver of this kind pays.
"""

import os
import sys
import uuid
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool


def create_app(folder: Path) -> FastAPI:
    """Return the application that keeps each body as a file in *folder*."""
    app = FastAPI()

    @app.get("/ready")
    async def ready() -> dict[str, str]:
        return {}

    @app.post("/v1/blocks")
    async def blocks(request: Request) -> dict[str, int]:
        body = await request.body()
        await run_in_threadpool(_write, folder / str(uuid.uuid4()), body)
        return {"accepted": 1}

    return app


def _write(path: Path, body: bytes) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    try:
        os.write(descriptor, body)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    target = Path(sys.argv[2])
    target.mkdir()
    uvicorn.run(create_app(target), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
