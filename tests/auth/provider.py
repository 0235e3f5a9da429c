"""
A provider of the tests: real keys, a real HTTP server for discovery and keys, and tokens of every
kind, the good one and those that must not open anything.
"""

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwk, jwt

AUDIENCE = "limnograph-tests"
_CLIENT = "Basic " + base64.b64encode(b"job:se%2Fcret").decode()
"""The client ``job`` with the secret ``se/cret``, as the standard writes them."""

_KEYS = {
    "RS256": lambda kid: jwk.RSAKey.generate_key(2048, {"kid": kid}),
    "ES256": lambda kid: jwk.ECKey.generate_key("P-256", {"kid": kid}),
    "Ed25519": lambda kid: jwk.OKPKey.generate_key("Ed25519", {"kid": kid}),
}


class Provider:
    """
    An OpenID provider as far as its tokens go.

    Attributes:
        issuer: Its URL.
        asked: Paths that it was asked for so far.
        away: While set, it answers nothing but 503.
    """

    def __init__(self, alg: str = "RS256") -> None:
        self.alg = alg
        self.asked: list[str] = []
        self.away = False
        self.keys: list[Any] = []
        self.discovered: dict[str, Any] = {}
        self.rotate("first", keep=False)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.settings = {"issuer": self.issuer, "audience": AUDIENCE}
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        """Go away for good."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def rotate(self, kid: str, *, keep: bool = True) -> None:
        """Sign with another key from now on; *keep* goes on naming the older ones."""
        key = _KEYS[self.alg](kid)
        self.keys = [*(self.keys if keep else ()), key]

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return the claims of a good token; a change to None leaves one out."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": "ada",
            "iat": now,
            "exp": now + 600,
            "email": "ada@example.org",
            "email_verified": True,
            "name": "Ada",
        } | changes
        return {name: value for name, value in claims.items() if value is not None}

    def token(
        self, *, header: dict[str, Any] | None = None, key: Any = None, **changes: Any
    ) -> str:
        """Return a signed token."""
        key = key or self.keys[-1]
        head = {"alg": self.alg, "kid": key.kid} | (header or {})
        head = {name: value for name, value in head.items() if value is not None}
        return jwt.encode(head, self.claims(**changes), key, algorithms=[head["alg"]])

    def without_signature(self, alg: str = "none") -> str:
        """Return a token that nobody has signed."""
        return f"{_json({'alg': alg, 'kid': self.keys[-1].kid})}.{_json(self.claims())}."

    def signed_with_the_public_key(self) -> str:
        """Return what a door takes that lets a token choose HMAC with the issuer's key."""
        pem = self.keys[-1].as_pem(private=False)
        body = f"{_json({'alg': 'HS256', 'kid': self.keys[-1].kid})}.{_json(self.claims())}"
        mac = hmac.new(pem, body.encode(), hashlib.sha256).digest()
        return f"{body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"

    def of_another_key(self) -> str:
        """Return a token that names our key and is signed with another of its kind."""
        return self.token(key=_KEYS[self.alg]("other"), header={"kid": self.keys[-1].kid})

    def of_an_unknown_key(self) -> str:
        """Return a token of a key that the provider does not name."""
        # Of one made just now the key could be newer than what a door has fetched.
        return self.token(key=_KEYS[self.alg]("unknown"), iat=int(time.time()) - 60)

    def _document(self, path: str) -> dict[str, Any] | None:
        if path == "/.well-known/openid-configuration":
            own = {"jwks_uri": f"{self.issuer}/keys", "token_endpoint": f"{self.issuer}/token"}
            return {"issuer": self.issuer} | own | self.discovered
        if path == "/keys":
            return {"keys": [key.as_dict(private=False, use="sig") for key in self.keys]}
        return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked.append(self.path)
                found = None if provider.away else provider._document(self.path)
                self.send_response(503 if provider.away else 200 if found else 404)
                data = json.dumps(found or {}).encode()
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_POST(self) -> None:
                """Give a client a token, as OAuth2's client credentials."""
                provider.asked.append(self.path)
                body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                good = self.headers["Authorization"] == _CLIENT
                good &= body["grant_type"] == ["client_credentials"]
                status = 503 if provider.away else 200 if good else 401
                token = provider.token(sub="job", azp="job", roles=["r"]) if status == 200 else None
                data = json.dumps(
                    {"access_token": token, "expires_in": 600} if token else {"error": "no"}
                ).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler


def _json(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
