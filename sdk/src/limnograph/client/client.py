"""Where queries go: one client over either door, Arrow Flight or HTTP."""

from typing import Self

from limnograph.client.asking import Asking, Options
from limnograph.client.auth import Auth
from limnograph.client.door import Door, Query
from limnograph.client.errors import QueryError
from limnograph.client.place import door_to, target_of
from limnograph.client.result import Result
from limnograph.client.retry import Retry
from limnograph.client.stream import Stream
from limnograph.client.times import Zone, zone_of


class Client(Asking[Result]):
    """
    Asks one query service; made by ``connect``.

    Threads may share it, and several results may be open at once.

    Attributes:
        uri: Where the service is.
    """

    def __init__(
        self,
        uri: str,
        door: Door,
        *,
        timeout_s: float | None = None,
        retry: Retry | None = None,
        progress: bool | None = None,
        zone: Zone = None,
    ) -> None:
        self.uri, self._door, self._zone = uri, door, zone
        self._timeout_s, self._progress = timeout_s, progress
        self._retry = retry or Retry(None)
        self._closed = False

    def _ask(self, query: Query, options: Options) -> Result:
        stream, options = self.started(query, options)
        return Result(stream, options.timeout_s, options.progress)

    def started(self, query: Query, options: Options) -> tuple[Stream, Options]:
        """Send *query*; return its stream, and *options* with the client's where it has none."""
        if self._closed:
            raise QueryError("client", "the client was closed: connect again")
        timeout_s = self._timeout_s if options.timeout_s is None else options.timeout_s
        progress = self._progress if options.progress is None else options.progress
        return Stream(self._door, query, self._retry), Options(timeout_s, progress)

    @property
    def zone(self) -> Zone:
        """Zone of times without one."""
        return self._zone

    def cancel(self, query_id: str) -> bool:
        """
        Stop a query that is under way, by its id; False when there is none of that id.

        Raises:
            QueryError: The service cannot be reached.
        """
        return self._door.cancel(query_id)

    def close(self) -> None:
        """Close the connection; results that are open can still be read."""
        self._closed = True
        self._door.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<limnograph client of {self.uri}>"


def connect(
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
) -> Client:
    """
    Return a client of a query service; nothing is sent before the first query.

    ::

        lake = limnograph.connect()  # LIMNO_QUERY_URI, else this machine
        lake = limnograph.connect("grpc+tls://lake.example:9482", api_key="...")
        lake = limnograph.connect("production")  # a profile, see ``limno profile``

    Args:
        uri: ``grpc://host:port`` (``grpc+tls://``) for Arrow Flight, ``http://host:port``
            (``https://``) for HTTP, or the name of a profile; else LIMNO_QUERY_URI, LIMNO_PROFILE,
            the default profile, ``grpc://127.0.0.1:9482``.
        auth: Who asks: a bearer token; ``(user, password)``; an object with ``get_token()`` or a
            function that returns a token, asked before each call so that it can be renewed.
        api_key: The same as a token as ``auth``; else LIMNO_API_KEY, or the profile's.
        tls_ca: File of the certificates to trust (PEM); else LIMNO_TLS_CA, the profile's, those
            that the machine trusts.
        tls_verify: False takes any certificate: for trying things out only. None: what
            LIMNO_TLS_VERIFY or the profile say, else True.
        timeout: Most seconds that a query may take; else LIMNO_TIMEOUT, the profile's, no limit.
        retry_seconds: How long a query is asked again while the service is unavailable, such as
            during a restart; 0 for never. None: 10 s, but an address where nobody has answered
            this client yet is an error at once.
        progress: Whether a long query draws a bar on stderr; None: in terminals and notebooks.
        tz: Zone of times without one, such as ``"Europe/Paris"``; UTC unless given.

    Raises:
        QueryError: The address or an option cannot be used, there is no such profile, or the extra
            ``client`` is not installed.
    """
    target = target_of(
        uri, auth=auth, api_key=api_key, tls_ca=tls_ca, tls_verify=tls_verify, timeout=timeout
    )
    return Client(
        target.uri,
        door_to(target),
        timeout_s=target.timeout_s,
        retry=Retry(retry_seconds),
        progress=progress,
        zone=zone_of(tz),
    )
