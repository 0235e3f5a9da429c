"""Label sets as clients write them; what breaks their syntax is told with its position."""

import json
import resource

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest_api.loki.labels import MalformedLabels, parse_labels


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ('{a="b"}', {"a": "b"}),
        ('{a="b",c_1="d"}', {"a": "b", "c_1": "d"}),
        (' { a = "b" ,\n\tc = "d" , } ', {"a": "b", "c": "d"}),
        ("{}", {}),
        ('{a=""}', {}),
        ('{a="b", c=""}', {"a": "b"}),
        (r'{a="\"q\" \\ \n\t\x41\u00fc\U0001F600\101"}', {"a": '"q" \\ \n\tA\u00fc\U0001f600A'}),
        ("{a=`raw \\n`}", {"a": "raw \\n"}),
        ('{"with.dots"="b"}', {"with.dots": "b"}),
        ('{a="{x=\\"y\\"}, }"}', {"a": '{x="y"}, }'}),
        (r'{a="\xff"}', {"a": "\ufffd"}),
    ],
)
def test_labels_are_read(text: str, labels: dict[str, str]) -> None:
    """
    Strings are Go's, white space and a last comma do not matter.
    """
    assert parse_labels(text) == labels


@pytest.mark.parametrize(
    ("text", "reason", "position"),
    [
        ("", "'{' is missing", 0),
        ('a="b"', "'{' is missing", 0),
        ("{", "a label's name is missing", 1),
        ('{="b"}', "a label's name is missing", 1),
        ('{a="b",,}', "a label's name is missing", 7),
        ('{1a="b"}', "a label's name is missing", 1),
        ('{""="b"}', "a label's name is missing", 1),
        ('{a "b"}', "'=' is missing", 3),
        ("{a=b}", "a string in quotes is missing", 3),
        ("{a='b'}", "a string in quotes is missing", 3),
        ('{a="b}', "a string in quotes is missing", 3),
        ('{a="b\n"}', "a string in quotes is missing", 3),
        ('{a="b" c="d"}', "',' is missing", 7),
        ('{a="b", a="c"}', "the label 'a' is there twice", 8),
        (r'{a="\q"}', "an escape that does not exist", 4),
        (r'{a="ü\ud800"}', "an escape that does not exist", 5),
        (r'{a="\U00110000"}', "an escape that does not exist", 4),
        (r'{a="\777"}', "an escape that does not exist", 4),
        ('{a="b"} x', "something follows the closing brace", 8),
    ],
)
def test_what_breaks_the_syntax_is_told_with_its_position(
    text: str, reason: str, position: int
) -> None:
    """
    In characters, from zero.
    """
    with pytest.raises(MalformedLabels) as caught:
        parse_labels(text)
    assert caught.value.args == (reason, position)


def test_a_long_string_takes_little_memory() -> None:
    """
    Labels come from anybody: a place to go back to for each character would be gigabytes.
    """
    text = '{a="' + "x" * 2_000_000 + '"}'
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert len(parse_labels(text)["a"]) == 2_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


names = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,10}", fullmatch=True)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(names, st.text(min_size=1, max_size=20)))
def test_any_labels_that_are_written_are_read(labels: dict[str, str]) -> None:
    """
    JSON's escapes below the astral planes are Go's as well.
    """
    strings = {name: json.dumps(text, ensure_ascii=False) for name, text in labels.items()}
    plain = {name: text.replace("\x7f", "\\x7f") for name, text in strings.items()}
    written = ", ".join(f"{name}={text}" for name, text in plain.items())
    assert parse_labels("{" + written + "}") == labels


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet='{}=,"\\`ab\nux0 ', max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """
    With a position inside of it.
    """
    at = 0
    try:
        parse_labels(text)
    except MalformedLabels as exc:
        _, at = exc.args
    assert 0 <= at <= len(text)
