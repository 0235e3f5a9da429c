"""The client for programs with an event loop: as ``Client``, but every question is awaited."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Self

from limnograph.client.asking import Asking, Options
from limnograph.client.async_result import AsyncResult
from limnograph.client.auth import Auth
from limnograph.client.client import Client, connect
from limnograph.client.door import Query
from limnograph.client.times import Zone


class AsyncClient(Asking[Coroutine[Any, Any, AsyncResult]]):
    """
    Asks one query service; made by ``connect_async``.

    Tasks may share it, and several results may be open at once. Cancelling a task that waits for a
    query stops the query at the service.

    Attributes:
        uri: Where the service is.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self.uri, self._zone = client.uri, client.zone

    async def _ask(self, query: Query, options: Options) -> AsyncResult:
        stream, options = self._client.started(query, options)
        return await AsyncResult(stream, options.timeout_s, options.progress).begun()

    async def cancel(self, query_id: str) -> bool:
        """
        Stop a query that is under way, by its id; False when there is none of that id.

        Raises:
            QueryError: The service cannot be reached.
        """
        return await asyncio.to_thread(self._client.cancel, query_id)

    async def close(self) -> None:
        """Close the connection."""
        await asyncio.to_thread(self._client.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<limnograph async client of {self.uri}>"


def connect_async(
    uri: str | None = None,
    *,
    auth: Auth = None,
    api_key: str | None = None,
    tls_ca: str | None = None,
    tls_verify: bool | None = None,
    timeout: float | None = None,
    retry_seconds: float | None = None,
    progress: bool | None = None,
    tz: Zone = None,
) -> AsyncClient:
    """
    Return a client whose questions are awaited; arguments and errors are those of ``connect``.

    ::

        async with limnograph.connect_async() as lake:
            result = await lake.query("SELECT time, msg FROM log_entries", begin="1h")
            async for batch in result:
                ...
    """
    return AsyncClient(
        connect(
            uri,
            auth=auth,
            api_key=api_key,
            tls_ca=tls_ca,
            tls_verify=tls_verify,
            timeout=timeout,
            retry_seconds=retry_seconds,
            progress=progress,
            tz=tz,
        )
    )
