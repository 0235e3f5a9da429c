"""limno profile: named connections, kept by commands and by hand."""

import io
import tomllib
from pathlib import Path
from threading import Thread

import pytest

from limnograph import cli
from limnograph.client import profile_store, profiles


@pytest.fixture
def path(own_home: Path) -> Path:
    """Where the file of profiles is."""
    return own_home / ".config/limnograph/config.toml"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run the command in this process."""
    code = cli.main(["profile", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_profiles_are_added_chosen_shown_and_removed(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The first one becomes the default; the default that is removed leaves none.
    """
    code, out, _ = run(capsys, "add", "local", "--uri", "grpc://127.0.0.1:9482")
    assert (code, out) == (0, f"local (the default): grpc://127.0.0.1:9482, in {path}\n")
    more = ("--tls-ca", "/ca.pem", "--no-tls-verify", "--timeout", "90s")
    assert run(capsys, "add", "eu-1", "--uri", "https://lake.example", *more)[0] == 0
    assert run(capsys, "list")[1] == (
        "  eu-1   https://lake.example\n* local  grpc://127.0.0.1:9482\n"
    )
    assert run(capsys, "use", "eu-1")[:2] == (0, "eu-1 is the default\n")
    shown = run(capsys, "show")[1].splitlines()
    assert [line.split(maxsplit=1) for line in shown] == [
        ["profile", "eu-1"],
        ["uri", "https://lake.example"],
        ["tls_ca", "/ca.pem"],
        ["tls_verify", "false"],
        ["timeout", "90 s"],
        ["file", str(path)],
    ]
    assert run(capsys, "remove", "eu-1")[1] == "removed eu-1; there is no default now\n"
    assert run(capsys, "remove", "local")[0] == 0
    _, out, err = run(capsys, "list")
    assert (out, err) == ("", f"limno: no profiles in {path}; limno profile add makes one\n")


def test_a_key_is_asked_for_and_never_shown(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    It does not stand on the command line, where everybody sees it; only its owner reads the file.
    """
    monkeypatch.setattr("sys.stdin", io.StringIO("s3cret\n"))
    said = run(capsys, "add", "a", "--uri", "grpc://h:1", "--api-key")
    assert profiles.load("a").api_key == "s3cret"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    for texts in (said, run(capsys, "show", "a"), run(capsys, "list")):
        assert "s3cret" not in "".join(map(str, texts))
    path.chmod(0o644)
    assert f"limno: warning: {path} holds API keys" in run(capsys, "show", "a")[2]


def test_what_was_written_by_hand_stays(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Comments, order and forms of TOML that the command does not write itself survive its changes.
    """
    path.parent.mkdir(parents=True)
    path.write_text(
        "# mine\n[profiles.b]\nuri = 'grpc://b:1' # here\n\n[profiles]\nc = {uri = 'http://c:1'}\n"
    )
    assert run(capsys, "use", "c")[0] == 0
    assert run(capsys, "add", "d", "--uri", "http://d:1")[0] == 0
    assert run(capsys, "add", "b", "--uri", "http://b:2", "--replace")[0] == 0
    text = path.read_text()
    assert "# mine" in text
    assert tomllib.loads(text) == {
        "default_profile": "c",
        "profiles": {
            "b": {"uri": "http://b:2"},
            "c": {"uri": "http://c:1"},
            "d": {"uri": "http://d:1"},
        },
    }


def test_mistakes_change_nothing_and_say_what_to_do(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Exit code 2, one line.
    """
    run(capsys, "add", "local", "--uri", "grpc://h:1")
    before = path.read_text()
    for arguments, said in (
        (("add", "local", "--uri", "grpc://h:2"), f"({path}:3): --replace replaces it"),
        (("add", "x", "--uri", "h:2"), "uri: 'h:2' is neither grpc://host:port nor"),
        (("add", "a b", "--uri", "grpc://h:2"), "'a b' is no name for a profile"),
        (("use", "locl"), "did you mean local?; known: local"),
        (("remove", "x"), "there is no profile 'x'"),
        (("show", "x"), "there is no profile 'x'"),
    ):
        code, out, err = run(capsys, *arguments)
        assert (code, out) == (2, "")
        assert said in err
        assert err.count("\n") == 1
    assert path.read_text() == before
    path.write_text("[")
    assert run(capsys, "add", "y", "--uri", "grpc://h:2")[0] == 2
    assert path.read_text() == "["


def test_a_linked_file_is_changed_where_it_is(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Whoever keeps settings elsewhere and links to them keeps the link.
    """
    path.parent.mkdir(parents=True)
    real = tmp_path / "mine.toml"
    real.write_text("")
    path.symlink_to(real)
    assert run(capsys, "add", "a", "--uri", "grpc://h:1")[0] == 0
    assert path.is_symlink()
    assert "grpc://h:1" in real.read_text()


def test_changes_at_the_same_time_are_all_kept(path: Path) -> None:
    """
    Two scripts that add profiles lose neither's.
    """
    names = [f"p{number}" for number in range(8)]
    threads = [
        Thread(target=profile_store.put, args=(name, {"uri": "grpc://h:1"})) for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(profiles.read_file().profiles) == names
    assert [found.name for found in path.parent.iterdir()] == ["config.toml"]


def test_a_profile_says_where_a_query_goes(
    http_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    --profile, and the default without it; a name that does not exist is wrong usage.
    """
    run(capsys, "add", "here", "--uri", http_uri)
    run(capsys, "add", "nowhere", "--uri", "http://127.0.0.1:9")
    assert cli.main(["query", "SELECT 1 AS one"]) == 0
    assert cli.main(["query", "SELECT 1 AS one", "--profile", "nowhere"]) == 3
    assert cli.main(["query", "SELECT 1 AS one", "--profile", "nowhere", "--uri", http_uri]) == 0
    assert cli.main(["query", "SELECT 1 AS one", "--profile", "her"]) == 2
    assert "did you mean here?; known: here, nowhere" in capsys.readouterr().err
