"""The tables of messages, in Python, in C and in OpenTelemetry's own definition, are the same."""

import re
from pathlib import Path

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from assets.otlp_wire.json_schema import ENUMS, MESSAGES
from tests.assets.otlp_wire.json_bodies import REQUESTS

ROOT = Path(__file__).resolve().parents[3]
TABLE = (ROOT / "assets/_native/json_schema.c").read_text()
SCALARS = {
    getattr(FieldDescriptor, name): name.removeprefix("TYPE_").lower()
    for name in dir(FieldDescriptor)
    if name.startswith("TYPE_")
}
IDS = {"traceId", "spanId", "parentSpanId"}


def upper(name: str) -> str:
    """Return a name as C has it."""
    return re.sub("(?<!^)([A-Z])", r"_\1", name).upper()


def line(name: str, number: int, kind: str) -> str:
    """Return a member as C has it."""
    plain = kind.lstrip("*?|")
    if plain in MESSAGES:
        macro = {"*": "LIST", "|": "ONE_OF"}.get(kind[0], "ONE")
    elif plain in ENUMS:
        macro = "ENUM"
    else:
        macro = {"*": "SCALARS", "|": "CHOICE", "?": "OPTIONAL"}.get(kind[0], "SCALAR")
    return f'{macro}("{name}", {number}, {upper(plain)})'


@pytest.mark.parametrize("name", list(MESSAGES))
def test_a_message_has_the_same_members_in_c(name: str) -> None:
    """
    In C they stand in the order of their numbers, which the writing of fields counts on.
    """
    members = sorted(MESSAGES[name].items(), key=lambda member: member[1][0])
    wanted = "\n".join(f"    {line(each, *found)}," for each, found in members)
    assert f"{upper(name)}_MEMBERS[] = {{\n{wanted}\n}};" in TABLE


@pytest.mark.parametrize("name", list(ENUMS))
def test_an_enumeration_has_the_same_names_in_c(name: str) -> None:
    """
    The place of a name is its number.
    """
    found = re.search(rf"{upper(name)}_NAMES\[\] = \{{(.*?)\}};", TABLE, re.DOTALL)
    assert found is not None
    assert tuple(re.findall('"(.*?)"', found[1])) == ENUMS[name]


def kind_of(field: FieldDescriptor, message: str) -> str:
    """Return the kind of a field as our table should have it, for messages its name there."""
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        plain = message
    elif field.enum_type is not None:
        plain = field.enum_type.name
    else:
        plain = "hex" if field.json_name in IDS else SCALARS[field.type]
    if field.is_repeated:
        return "*" + plain
    one_of = field.containing_oneof
    if one_of is None:
        return plain
    optional = len(one_of.fields) == 1 and one_of.name == f"_{field.name}"
    return ("?" if optional else "|") + plain


def compare(name: str, descriptor: Descriptor, seen: set[str]) -> None:
    """Compare a message and those in it."""
    if name in seen:
        return
    seen.add(name)
    ours = MESSAGES[name]
    assert set(ours) == {field.json_name for field in descriptor.fields}, name
    for field in descriptor.fields:
        number, kind = ours[field.json_name]
        plain = kind.lstrip("*?|")
        assert number == field.number, (name, field.name)
        assert kind == kind_of(field, plain), (name, field.name)
        if field.enum_type is not None:
            numbers = field.enum_type.values_by_number
            assert ENUMS[plain] == tuple(numbers[at].name for at in sorted(numbers))
        elif field.message_type is not None:
            compare(plain, field.message_type, seen)


def test_opentelemetry_knows_the_same_members() -> None:
    """
    A member that a newer definition has would be lost in JSON: its name, number and kind go into
    the tables.
    """
    seen: set[str] = set()
    for signal, (request, _, _) in REQUESTS.items():
        compare(signal, request.DESCRIPTOR, seen)
    assert seen == set(MESSAGES)
