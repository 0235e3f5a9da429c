"""
The code of the pages in docs/clients/, as a reader would copy it.

Blocks of one language run in the order of the page, in one program, so that a later one may use
what an earlier one made. Lines that install something are left out: the pins say what is there.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from tests.interop.environments import HERE, ROOT

FOLDER = ROOT / "docs" / "clients"
_BLOCK = re.compile(r"^```(python|js|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INSTALLS = re.compile(r"^\s*(?:pip|npm) install (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Code:
    """One block: its language, the line of the page on which it begins, its text."""

    language: str
    line: int
    text: str


def page_of(client: str) -> Path:
    """Return the page about *client*, whether it is there or not."""
    return FOLDER / f"{client}.md"


def code_of(page: Path, ports: dict[str, str]) -> list[Code]:
    """Return the blocks of *page* with the service's ports in place of those shown."""
    text = page.read_text()
    found = []
    for block in _BLOCK.finditer(text):
        code = _INSTALLS.sub("", block[2])
        for shown, real in ports.items():
            code = re.sub(rf"(?<=127\.0\.0\.1:){shown}\b|(?<=localhost:){shown}\b", real, code)
        if code.strip():
            found.append(Code(block[1], text.count("\n", 0, block.start()) + 2, code))
    return found


def installed_by(page: Path) -> set[str]:
    """Return the names of packages that *page* tells its reader to install."""
    lines = [
        line for block in _BLOCK.finditer(page.read_text()) for line in _INSTALLS.findall(block[2])
    ]
    plain = re.sub(r"[<>=!~]=?[\w.*]+", "", " ".join(lines))
    words = re.findall(r"[\w.@/-]+(?:\[[\w,]+\])?", plain)
    return {word for word in words if not word.startswith("-")}


def pinned(client: str) -> dict[str, str]:
    """Return the versions of the packages in the environment of *client*, by name."""
    lines = (HERE / client / "requirements.txt").read_text().splitlines()
    pins = [line.partition(" ")[0].partition("==") for line in lines if "==" in line]
    packages = HERE / client / "package.json"
    npm = json.loads(packages.read_text())["dependencies"] if packages.exists() else {}
    return {name: version for name, _, version in pins} | npm


def program(code: list[Code], language: str) -> str:
    """Return one program of the page's blocks, each line where it stands on the page."""
    lines: list[str] = []
    for block in code:
        if block.language == language:
            lines += [""] * (block.line - 1 - len(lines))
            lines += block.text.splitlines()
    return "\n".join(lines) + "\n"
