"""Local files: whole or not there, whatever happens in between."""

import os
import stat
from pathlib import Path

import pytest

from assets.errors import ObjectMissing, StorageUnavailable
from assets.storage.objects import open_store
from assets.storage.objects.local import LocalStore


def test_bytes_and_names_are_flushed_before_the_put_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The file is flushed before it has its name, then each directory that gained an entry.
    """
    store = LocalStore(tmp_path)
    target = tmp_path / "a" / "b" / "c"
    flushed: list[tuple[str, bool]] = []
    flush = os.fsync

    def record(fd: int) -> None:
        path = str(Path(f"/proc/self/fd/{fd}").readlink())
        is_directory = stat.S_ISDIR(os.fstat(fd).st_mode)
        flushed.append((path if is_directory else "data", target.exists()))
        flush(fd)

    monkeypatch.setattr(os, "fsync", record)
    store.put_new("a/b/c", b"x")
    assert flushed[0] == ("data", False)
    assert flushed[-1] == (str(target.parent), True)
    assert {path for path, _ in flushed[1:]} == {
        str(tmp_path),
        str(tmp_path / "a"),
        str(target.parent),
    }
    flushed.clear()
    store.put_new("a/b/d", b"x")
    assert [path for path, _ in flushed] == ["data", str(target.parent)]


def test_a_failed_put_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A full disk is an outage: no object, no half object, no rest of one; the next put works.
    """
    store = LocalStore(tmp_path)

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageUnavailable, match="No space left"):
            store.put_new("a", b"x")
    assert list(store.list("")) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    store.put_new("a", b"x")


def test_half_written_files_of_a_killed_process_are_invisible_and_removed_later(
    tmp_path: Path,
) -> None:
    """
    They are in no listing; opening the store removes those that are a day old.
    """
    store = LocalStore(tmp_path)
    old, fresh = (tmp_path / ".incoming" / name for name in ("old", "fresh"))
    old.write_bytes(b"half")
    fresh.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert list(store.list("")) == []
    LocalStore(tmp_path)
    assert not old.exists()
    assert fresh.exists()


def test_a_directory_that_somebody_removed_is_made_again(tmp_path: Path) -> None:
    """
    The store remembers which directories it made, but does not insist.
    """
    store = LocalStore(tmp_path)
    store.put_new("a/b", b"x")
    (tmp_path / "a" / "b").unlink()
    (tmp_path / "a").rmdir()
    store.put_new("a/b", b"y")
    assert store.get("a/b") == b"y"


def test_a_directory_is_not_an_object(tmp_path: Path) -> None:
    """
    A prefix of keys is no key.
    """
    store = open_store(tmp_path.as_uri())
    store.put_new("a/b", b"x")
    with pytest.raises(ObjectMissing):
        store.get("a")
    with pytest.raises(ValueError, match="not an object key"):
        list(store.list("../"))


def test_a_root_that_cannot_be_made_is_unavailable() -> None:
    """
    The error names the directory.
    """
    with pytest.raises(StorageUnavailable, match="/proc/nowhere"):
        open_store("file:///proc/nowhere")
