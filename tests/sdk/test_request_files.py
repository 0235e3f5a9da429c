"""Requests in files: whole or not at all."""

from pathlib import Path

import pytest

from limnograph.request_files import Unreadable, write


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """
    The body comes back byte for byte, with what is known of it.
    """
    file = write(str(tmp_path / "a.req"), b"body" * 1000, [("log", 3)], 1, [(7, 8)])
    kept = file.read()
    assert kept.body == b"body" * 1000
    assert (kept.rows, kept.blocks, kept.cursor) == ((("log", 3),), 1, [(7, 8)])
    assert [path.name for path in tmp_path.iterdir()] == ["a.req"]
    file.remove()
    file.remove()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cut", [0, 3, 15, 40, 200])
def test_a_file_that_was_cut_off_is_told_from_a_whole_one(tmp_path: Path, cut: int) -> None:
    """
    Whatever its length, what is left of a file is not sent.
    """
    path = tmp_path / "a.req"
    file = write(str(path), b"body" * 100, [("log", 3)], 1)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(Unreadable, match=r"a\.req"):
        file.read()


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    """
    A disk that returns something else than what it was given costs that request only.
    """
    path = tmp_path / "a.req"
    file = write(str(path), b"body" * 100, [("log", 3)], 1)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(Unreadable, match="was cut off or changed"):
        file.read()


def test_a_directory_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """
    The error is the system's own.
    """
    with pytest.raises(OSError, match="No such file"):
        write(str(tmp_path / "missing" / "a.req"), b"x", [], 0)
