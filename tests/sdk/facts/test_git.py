"""The commit read from .git: whatever git itself says, in every layout that git makes."""

import subprocess
from pathlib import Path

import pytest

from limnograph.facts.git import BRANCH, COMMIT, git_folder, head_of


def git(place: Path, *args: str) -> str:
    """Run git and return what it said."""
    options = ("-c", "user.name=t", "-c", "user.email=t@t", "-c", "protocol.file.allow=always")
    done = subprocess.run(
        ["git", "-C", str(place), *options, *args], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit on the branch feature/x."""
    place = tmp_path / "repository"
    place.mkdir()
    git(place, "init", "-q", "-b", "feature/x")
    git(place, "commit", "-q", "--allow-empty", "-m", "first")
    return place


def found(place: Path) -> dict[str, str]:
    """Return what is read from the work tree at *place*."""
    folder = git_folder(str(place))
    return head_of(folder) if folder else {}


def test_a_branch_is_read_from_below_the_work_tree(repository: Path) -> None:
    """
    Loose refs, a branch with a slash, and a program three folders down.
    """
    below = repository / "a" / "b"
    below.mkdir(parents=True)
    assert found(below) == {COMMIT: git(repository, "rev-parse", "HEAD"), BRANCH: "feature/x"}


def test_packed_refs_are_read(repository: Path) -> None:
    """
    What `git gc` leaves behind.
    """
    git(repository, "tag", "-m", "annotated", "v1")
    git(repository, "pack-refs", "--all", "--prune")
    assert not (repository / ".git" / "refs" / "heads" / "feature" / "x").exists()
    assert found(repository)[COMMIT] == git(repository, "rev-parse", "HEAD")


def test_a_detached_head_has_a_commit_and_no_branch(repository: Path) -> None:
    """
    What continuous integration checks out.
    """
    git(repository, "checkout", "-q", "--detach")
    assert found(repository) == {COMMIT: git(repository, "rev-parse", "HEAD")}


@pytest.mark.parametrize("packed", [False, True])
def test_a_worktree_has_its_own_head_and_the_shared_refs(repository: Path, packed: bool) -> None:
    """
    A `.git` file that points into the main repository.
    """
    other = repository.parent / "other"
    git(repository, "worktree", "add", "-q", "-b", "two", str(other))
    git(other, "commit", "-q", "--allow-empty", "-m", "second")
    if packed:
        git(repository, "pack-refs", "--all", "--prune")
    assert found(other) == {COMMIT: git(other, "rev-parse", "HEAD"), BRANCH: "two"}
    assert found(repository)[COMMIT] != found(other)[COMMIT]


def test_a_submodule_has_its_own_commit(repository: Path, tmp_path: Path) -> None:
    """
    A `.git` file with a relative path.
    """
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "submodule", "--quiet", "add", str(repository), "inner")
    assert found(outer / "inner")[COMMIT] == git(repository, "rev-parse", "HEAD")


@pytest.mark.parametrize(
    "head", ["", "ref: refs/heads/unborn", "ref: ../../x", "ref: HEAD", "0123", "\xff"]
)
def test_what_cannot_be_read_gives_no_commit(tmp_path: Path, head: str) -> None:
    """
    A damaged or empty repository is none, and circles end.
    """
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text(head)
    assert found(tmp_path) == {}
