"""
The commit that the program was started from, read from ``.git`` without running git.

Worktrees and submodules (a ``.git`` file that points elsewhere), packed refs and detached heads
are understood; what is not (a reftable, a damaged repository) gives no commit, never a wrong one.
"""

import os
import re
import sys
from collections.abc import Iterator

from limnograph.facts.files import start_of
from limnograph.limits import GIT_PACKED_REFS_BYTES_MAX, GIT_PARENTS_MAX

COMMIT = "vcs.ref.head.revision"
BRANCH = "vcs.ref.head.name"

_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SYMBOLIC_MAX = 5
_BRANCHES = "refs/heads/"


def commit_facts() -> dict[str, str]:
    """Return the commit and branch of the script's repository, else of the current directory's."""
    for start in _places():
        folder = git_folder(start)
        if folder:
            return head_of(folder)
    return {}


def git_folder(start: str) -> str:
    """Return the git folder of the work tree that *start* is in; "" where there is none."""
    place = os.path.abspath(start)  # noqa: PTH100 - pathlib is slow to import
    for _ in range(GIT_PARENTS_MAX):
        candidate = os.path.join(place, ".git")  # noqa: PTH118
        if os.path.isdir(candidate):  # noqa: PTH112
            return candidate
        pointer = start_of(candidate)
        if pointer.startswith("gitdir:"):
            return os.path.join(place, pointer[len("gitdir:") :].strip())  # noqa: PTH118
        above = os.path.dirname(place)  # noqa: PTH120
        if above == place:
            break
        place = above
    return ""


def head_of(folder: str) -> dict[str, str]:
    """Return commit and branch of what is checked out; nothing where that cannot be told."""
    name = "HEAD"
    shared = start_of(os.path.join(folder, "commondir")).strip()  # noqa: PTH118
    common = os.path.join(folder, shared) if shared else folder  # noqa: PTH118
    for _ in range(_SYMBOLIC_MAX):
        text = start_of(os.path.join(folder, name)) or start_of(os.path.join(common, name))  # noqa: PTH118
        value = text.strip()
        if value.startswith("ref:"):
            name = value[len("ref:") :].strip()
            if ".." in name or name.startswith("/"):
                return {}
            continue
        commit = value or _packed(common, name)
        if not _HASH.fullmatch(commit):
            return {}
        facts = {COMMIT: commit}
        if name.startswith(_BRANCHES):
            facts[BRANCH] = name[len(_BRANCHES) :]
        return facts
    return {}


def _packed(common: str, name: str) -> str:
    try:
        with open(os.path.join(common, "packed-refs"), "rb") as file:  # noqa: PTH118, PTH123
            text = file.read(GIT_PACKED_REFS_BYTES_MAX)
    except OSError:
        return ""
    found = re.search(rb"(?m)^([0-9a-f]+) " + re.escape(name.encode()) + rb"$", text)
    return found[1].decode() if found else ""


def _places() -> Iterator[str]:
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    if script:
        yield os.path.dirname(os.path.abspath(script))  # noqa: PTH100, PTH120
    try:
        yield os.getcwd()  # noqa: PTH109
    except OSError:
        return
