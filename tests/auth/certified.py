"""A certified OpenID provider, oidc-provider on Node, that tests start, stop and give new keys."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from joserfc import jwk

from limnograph.client import ClientCredentials
from tests.interop.environments import environment_of, pins_of

AUDIENCE, SECRET = "limnograph-tests", "se/cret"
CLIENTS: dict[str, dict[str, Any]] = {
    "job": {"audience": AUDIENCE, "alg": "RS256", "roles": ["w"]},
    "job-es": {"audience": AUDIENCE, "alg": "ES256", "roles": ["w"]},
    "stranger": {"audience": "another", "alg": "RS256", "roles": ["w"]},
}
"""Services that may ask for tokens, and for whom the tokens are."""


class CertifiedProvider:
    """
    The provider; one port from its first start on.

    Attributes:
        issuer: Its URL.
    """

    def __init__(self) -> None:
        self._made = environment_of("oidc_provider")
        self._folder = Path(tempfile.mkdtemp(dir=self._made.root))  # below its packages
        shutil.copy(pins_of("oidc_provider") / "serve.mjs", self._folder)
        self._keys: list[dict[str, Any]] = []
        self._process: subprocess.Popen[str] | None = None
        self._port = "0"
        self.new_keys("first")
        self.start()
        self.issuer = f"http://127.0.0.1:{self._port}"

    def new_keys(self, name: str) -> None:
        """Sign with other keys from the next start on; the older ones are named still."""
        made: tuple[Any, ...] = (
            jwk.RSAKey.generate_key(2048, {"kid": f"{name}-rsa", "use": "sig"}),
            jwk.ECKey.generate_key("P-256", {"kid": f"{name}-ec", "use": "sig"}),
        )
        self._keys = [*(key.as_dict(private=True) for key in made), *self._keys]

    def start(self) -> None:
        """Answer from now on."""
        told = {
            "PORT": self._port,
            "KEYS": json.dumps({"keys": self._keys}),
            "CLIENTS": json.dumps(
                {name: {**one, "secret": SECRET} for name, one in CLIENTS.items()}
            ),
        }
        self._process = subprocess.Popen(
            [str(self._made.node), "serve.mjs"],
            cwd=self._folder,
            env=os.environ | told,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        said = next((line for line in self._process.stdout if line.startswith("port=")), "")
        assert said, "the provider does not start; its standard error says why"
        self._port = said.strip().removeprefix("port=")

    def stop(self) -> None:
        """Be away from now on."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.communicate(timeout=30)

    def close(self) -> None:
        """Go away for good."""
        self.stop()
        shutil.rmtree(self._folder)

    def token(self, client: str = "job") -> str:
        """Return a new access token of a client."""
        return ClientCredentials(self.issuer, client, SECRET).get_token()
