"""Which service is meant: arguments, environment and the profiles of a file."""

import os
import warnings
from pathlib import Path

import pytest

from limnograph.client import QueryError, profile_store, profiles
from limnograph.client.profiles import ExposedKey, Profile, ProfileError

TEXT = """\
default_profile = "local"

[profiles.local]
uri = "grpc://127.0.0.1:1"

[profiles.production]
uri = "grpc+tls://lake.example:9482"
api_key = "k-1"
tls_ca = "~/ca.pem"
tls_verify = false
timeout = "1.5m"
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Variables that name a file with two profiles."""
    path = tmp_path / "config.toml"
    path.write_text(TEXT)
    path.chmod(0o600)
    return {"LIMNO_CLIENT_CONFIG": str(path), "HOME": "/home/ann"}


def written(environ: dict[str, str], text: str) -> Path:
    """Replace the file."""
    path = Path(environ["LIMNO_CLIENT_CONFIG"])
    path.write_text(text)
    return path


def test_without_anything_the_service_of_this_machine_is_meant(tmp_path: Path) -> None:
    """
    No file, no variable: the default address, and no error.
    """
    assert profiles.load(environ={"HOME": str(tmp_path)}) == Profile("grpc://127.0.0.1:9482")


def test_a_name_beats_the_variable_and_the_variable_beats_the_default(
    environ: dict[str, str],
) -> None:
    """
    --profile > LIMNO_PROFILE > default_profile.
    """
    assert profiles.load(environ=environ).name == "local"
    named = environ | {"LIMNO_PROFILE": "production"}
    assert profiles.load(environ=named).name == "production"
    assert profiles.load("local", environ=named).name == "local"


def test_a_profile_has_every_field(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Paths are expanded, times are seconds, and a key does not show in a traceback.
    """
    monkeypatch.setenv("HOME", "/home/ann")
    found = profiles.load("production", environ=environ)
    assert found == Profile(
        uri="grpc+tls://lake.example:9482",
        name="production",
        api_key="k-1",
        tls_ca="/home/ann/ca.pem",
        tls_verify=False,
        timeout_s=90.0,
    )
    assert "k-1" not in repr(found)


def test_the_environment_beats_the_profile_field_by_field(environ: dict[str, str]) -> None:
    """
    One field can be replaced for one call, the others stay.
    """
    environ |= {"LIMNO_PROFILE": "production", "LIMNO_API_KEY": "k-2", "LIMNO_TLS_VERIFY": "true"}
    found = profiles.load(environ=environ)
    assert (found.uri, found.api_key) == ("grpc+tls://lake.example:9482", "k-2")
    assert found.tls_verify
    assert profiles.load(api_key="k-3", environ=environ).api_key == "k-3"
    there = profiles.load(uri="http://other:1", environ=environ | {"LIMNO_QUERY_URI": "http://x:1"})
    assert (there.uri, there.api_key) == ("http://other:1", "k-2")


def test_a_key_of_the_default_profile_goes_to_its_own_service_only(
    environ: dict[str, str],
) -> None:
    """
    Whoever says an address and no profile means that address, not somebody's key for another one.
    """
    written(environ, TEXT.replace('"local"\n', '"production"\n', 1))
    assert profiles.load(environ=environ).api_key == "k-1"
    assert profiles.load(uri="http://other:1", environ=environ) == Profile("http://other:1")
    elsewhere = environ | {"LIMNO_QUERY_URI": "http://x:1"}
    assert profiles.load(environ=elsewhere) == Profile("http://x:1")


def test_the_file_is_where_xdg_says(tmp_path: Path) -> None:
    """
    LIMNO_CLIENT_CONFIG > XDG_CONFIG_HOME > ~/.config; a relative XDG folder is ignored.
    """
    path = profiles.config_path
    assert path({"HOME": "/h"}) == Path("/h/.config/limnograph/config.toml")
    assert path({"HOME": "/h", "XDG_CONFIG_HOME": "/x"}) == Path("/x/limnograph/config.toml")
    assert path({"HOME": "/h", "XDG_CONFIG_HOME": "x"}) == path({"HOME": "/h"})
    assert path({"HOME": "/h", "LIMNO_CLIENT_CONFIG": "/c.toml"}) == Path("/c.toml")
    gone = {"LIMNO_CLIENT_CONFIG": str(tmp_path / "gone.toml")}
    with pytest.raises(
        ProfileError, match=r"gone\.toml, which LIMNO_CLIENT_CONFIG names, does not"
    ):
        profiles.load(environ=gone)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[profiles.a]\nuri = 1\n", r":2: profile 'a', uri: uri is not text"),
        ("[profiles.a]\nuri = 'ftp://x'\n", r":2: profile 'a', uri: 'ftp://x' is neither grpc://"),
        ("\n[profiles.a]\n", r":2: profile 'a' has no uri"),
        (
            "[profiles.a]\nuri = 'http://x'\napi-key = ''\n",
            r":3: profile 'a' has 'api-key', .*; did you mean api_key\?; known: uri, api_key, ",
        ),
        ("[profiles.a]\nuri = 'http://x'\ntimeout = 'soon'\n", r":3: .*'soon' is not a time"),
        ("[profiles.a]\nuri = 'http://x'\ntimeout = 0\n", r":3: .*0 is not a time"),
        ("[profiles.a]\nuri = 'http://x'\ntls_verify = 2\n", r":3: .*2 is neither true nor false"),
        ("[profiles.a]\nuri = 'http://x'\napi_key = ''\n", r":3: .*api_key is not text"),
        ("[profiles.a\n", r"is not valid TOML: .*line 1"),
        ("x = 1\n", r":1: 'x' means nothing here; known: default_profile, profiles"),
        ("[lake]\n", r":1: 'lake' means nothing here; known: default_profile, profiles"),
        ("profiles = 1\n", r"a profile is a table: \[profiles.NAME\]"),
        ("\ndefault_profile = 1\n", r":2: default_profile is not text"),
        ("[profiles.aa]\nuri = 'http://x'\n", r"no profile 'a' in .*did you mean aa\?; known: aa"),
        (
            "# nothing\n",
            r"there is no profile 'a': .*config.toml has no profiles; limno profile add",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    environ: dict[str, str], text: str, said: str
) -> None:
    """
    One line: the file, the line, what is wrong and what is known.
    """
    written(environ, text)
    with pytest.raises(ProfileError, match=said) as caught:
        profiles.load("a", environ=environ)
    assert isinstance(caught.value, QueryError)
    assert caught.value.code == "client"
    assert "\n" not in caught.value.text


def test_a_wrong_variable_is_named(environ: dict[str, str]) -> None:
    """
    The text says which variable to correct.
    """
    for variable, value in (
        ("LIMNO_QUERY_URI", "nowhere"),
        ("LIMNO_TLS_VERIFY", "perhaps"),
        ("LIMNO_TIMEOUT", "-1"),
    ):
        with pytest.raises(ProfileError, match=f"^{variable}: "):
            profiles.load(environ=environ | {variable: value})
    with pytest.raises(ProfileError, match=r"^the address: 'x' is neither"):
        profiles.load(uri="x", environ=environ)


def test_keys_that_others_can_read_are_pointed_out(environ: dict[str, str]) -> None:
    """
    Only when a key of the file is used, and the text says what to do.
    """
    Path(environ["LIMNO_CLIENT_CONFIG"]).chmod(0o644)
    with pytest.warns(ExposedKey, match=r"mode 0644\): chmod 600 "):
        profiles.load("production", environ=environ)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        profiles.load("local", environ=environ)
        Path(environ["LIMNO_CLIENT_CONFIG"]).chmod(0o600)
        profiles.load("production", environ=environ)


def test_names_are_simple() -> None:
    """
    What needs quoting in TOML or a shell is no name.
    """
    assert profiles.checked_name("eu-1_b") == "eu-1_b"
    for wrong in ("", "a b", "a.b", "é", "x" * 65):
        with pytest.raises(ProfileError, match="is no name for a profile"):
            profiles.checked_name(wrong)


def test_profiles_are_not_kept_in_a_device_or_a_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    LIMNO_CLIENT_CONFIG=/dev/null means no profiles; adding one does not replace the device.
    """
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    monkeypatch.setenv("LIMNO_CLIENT_CONFIG", str(pipe))
    with pytest.raises(ProfileError, match="is no file, so no profiles can be kept there"):
        profile_store.remove("local")
    assert pipe.is_fifo()


def test_a_profile_asked_for_by_name_is_used_as_it_is(environ: dict[str, str]) -> None:
    """
    Its key goes to its own service, whatever address and key the environment has.
    """
    set_too = environ | {"LIMNO_QUERY_URI": "http://other:1", "LIMNO_API_KEY": "k-2"}
    assert profiles.load("production", environ=set_too) == profiles.load(
        "production", environ=environ
    )
