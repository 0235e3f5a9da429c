"""What the environment says about a process, and whose word counts."""

import pytest

import limnograph
from limnograph.facts.given import properties_given, service_given
from limnograph.facts.interpreter import args_digest
from tests.sdk.peer import Peer


@pytest.mark.parametrize(
    ("environ", "service"),
    [
        ({"LIMNO_SERVICE": "a", "OTEL_SERVICE_NAME": "b"}, "a"),
        ({"OTEL_SERVICE_NAME": "b", "OTEL_RESOURCE_ATTRIBUTES": "service.name=c"}, "b"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "x=1,service.name=c"}, "c"),
        ({}, ""),
    ],
)
def test_our_name_wins_over_theirs(environ: dict[str, str], service: str) -> None:
    """
    LIMNO_SERVICE, then OTEL_SERVICE_NAME, then the resource's service.name.
    """
    assert service_given(environ) == service


def test_pairs_may_hold_escaped_commas_and_what_is_no_pair_is_said() -> None:
    """
    `k=v,k=v` with %2C for a comma; the mistake is named, the rest counts.
    """
    said: list[str] = []
    text = "region=eu, note = a%2Cb%3D1 ,oops,empty=,expr=x=y,"
    found = properties_given({"LIMNO_PROCESS_PROPERTIES": text}, said.append)
    assert found == {"region": "eu", "note": "a,b=1", "empty": "", "expr": "x=y"}
    assert said == ["LIMNO_PROCESS_PROPERTIES: 'oops' is no key=value; leaving it out"]


def test_arguments_win_over_our_variable_and_that_over_theirs(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    init(properties=...), LIMNO_PROCESS_PROPERTIES, OTEL_RESOURCE_ATTRIBUTES, what was found.
    """
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "a=otel,b=otel,c=otel,service.name=s,python=4")
    monkeypatch.setenv("LIMNO_PROCESS_PROPERTIES", "a=ours,b=ours")
    assert limnograph.init(endpoint=peer.uri, properties={"a": "argument"})
    limnograph.log.info("x")
    assert limnograph.flush(10)
    (process,) = peer.processes.values()
    told = {key: process.properties[key] for key in ("a", "b", "c", "service", "python")}
    assert told == {"a": "argument", "b": "ours", "c": "otel", "service": "s", "python": "4"}
    assert "service.name" not in process.properties
    assert process.properties["process.runtime.name"] == "cpython"


def test_the_digest_of_arguments_tells_command_lines_apart() -> None:
    """
    The same arguments have the same digest, and it does not contain them.
    """
    assert args_digest(["a", "bc"]) == args_digest(["a", "bc"]) != args_digest(["ab", "c"])
    assert args_digest(["\udcff"])
