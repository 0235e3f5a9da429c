"""
The gate of the Flight door: no call reaches a handler before it is known who calls.

Rules: it stands before all other middleware, so every method passes it, whoever answers it. What a
method needs stands in a table; what a command or an action needs beyond that, in its own value. A
user with a password is a user with an API key: the answer to their handshake is the key as a
bearer token.
"""

from collections.abc import Mapping, Sequence

import pyarrow.flight as fl

from assets.errors import LakeError
from auth.authenticator import Authenticator, no_answer
from auth.credential import AUTHORIZATION, credential_of, is_basic
from auth.http_gate import Needs
from auth.principal import Principal
from query_engine.flight.errors import as_flight_error

MIDDLEWARE = "caller"

NEEDS: Mapping[fl.FlightMethod, Needs] = {
    fl.FlightMethod.HANDSHAKE: "known",
    fl.FlightMethod.LIST_FLIGHTS: "reader",
    fl.FlightMethod.GET_FLIGHT_INFO: "reader",
    fl.FlightMethod.GET_SCHEMA: "reader",
    fl.FlightMethod.DO_GET: "reader",
    fl.FlightMethod.DO_PUT: "reader",
    fl.FlightMethod.DO_ACTION: "reader",
    fl.FlightMethod.LIST_ACTIONS: "reader",
    fl.FlightMethod.DO_EXCHANGE: "reader",
}
"""What each method wants of its caller; one that is not here is refused to strangers."""

_OPEN_TOKEN = "anybody"  # noqa: S105  (it opens nothing)


class Caller(fl.ServerMiddleware):  # type: ignore[misc]
    """
    Who makes one call.

    Attributes:
        principal: Who it is.
    """

    def __init__(self, principal: Principal, token: str | None) -> None:
        self.principal, self._token = principal, token

    def sending_headers(self) -> dict[str, str]:
        """Return a token in place of a password, for those who have brought one."""
        return {} if self._token is None else {AUTHORIZATION: f"Bearer {self._token}"}


class CallerFactory(fl.ServerMiddlewareFactory):  # type: ignore[misc]
    """
    Makes a `Caller` per call, or refuses it.

    Args:
        authenticator: Says who calls.
    """

    def __init__(self, authenticator: Authenticator) -> None:
        super().__init__()
        self._authenticator = authenticator

    def start_call(self, info: fl.CallInfo, headers: Mapping[str, Sequence[str | bytes]]) -> Caller:
        """Let the call in, or raise what its client is told."""
        values = [
            value for name, found in headers.items() if name.lower() == AUTHORIZATION
            for value in found
        ]  # fmt: skip
        try:
            principal = self._authenticator.authenticate(values)
            needs = NEEDS.get(info.method, "known")
            principal.check(None if needs in {"known", "open"} else needs)  # type: ignore[arg-type]
            return Caller(principal, self._token(values))
        except LakeError as error:
            raise as_flight_error(error) from None
        except Exception as exc:
            raise as_flight_error(no_answer(exc)) from None

    def _token(self, values: Sequence[str | bytes]) -> str | None:
        texts = [one if isinstance(one, str) else one.decode("latin-1") for one in values]
        if not any(map(is_basic, texts)):
            return None
        return _OPEN_TOKEN if self._authenticator.is_open else credential_of(texts)
