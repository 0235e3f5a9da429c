"""Protobuf messages of OTLP taken apart, changed at one place, and put together again."""

from collections.abc import Callable, Iterator

from assets.otlp_wire.json_schema import MESSAGES

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

Field = tuple[int, int, bytes]
"""Number, wire type, and content without the length."""

Change = Callable[[str, list[Field]], Iterator[list[Field]]]
"""Gives versions of the fields of a message whose name it is told."""

ROOTS = {
    "logs": "ResourceLogs",
    "points": "ResourceMetrics",
    "histograms": "ResourceMetrics",
    "spans": "ResourceSpans",
}


def varint(value: int, size: int = 1) -> bytes:
    """Return a number as it stands on the wire, in at least that many bytes."""
    out = bytearray()
    while value > 0x7F or len(out) < size - 1:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def content_of(number: int, wire: int) -> bytes:
    """Return some content of a wire type."""
    return {VARINT: b"\x05", FIXED64: bytes(8), BYTES: b"", FIXED32: bytes(4)}.get(wire, b"")


def put(field: Field, size: int = 1) -> bytes:
    """Return a field as it stands on the wire; its key and length take *size* bytes at least."""
    number, wire, content = field
    length = varint(len(content), size) if wire == BYTES else b""
    return varint(number << 3 | wire, size) + length + content


def join(fields: list[Field]) -> bytes:
    """Return a message."""
    return b"".join(map(put, fields))


def _varint_at(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


def split(data: bytes) -> list[Field]:
    """Return the fields of a message that is whole."""
    fields, at = [], 0
    while at < len(data):
        key, at = _varint_at(data, at)
        begin = at
        if key & 7 == VARINT:
            _, at = _varint_at(data, at)
        elif key & 7 == BYTES:
            length, begin = _varint_at(data, at)
            at = begin + length
        else:
            at += 8 if key & 7 == FIXED64 else 4
        fields.append((key >> 3, key & 7, data[begin:at]))
    return fields


def parts(name: str) -> dict[int, str]:
    """Return the fields of a message that are messages: number to name."""
    return {
        number: kind.lstrip("*?|")
        for number, kind in MESSAGES[name].values()
        if kind.lstrip("*?|") in MESSAGES
    }


def everywhere(name: str, data: bytes, change: Change) -> Iterator[bytes]:
    """Yield the message with each change at each level, one at a time."""
    fields = split(data)
    yield from map(join, change(name, fields))
    inside = parts(name)
    for at, (number, wire, content) in enumerate(fields):
        if number in inside and wire == BYTES:
            for changed in everywhere(inside[number], content, change):
                yield join([*fields[:at], (number, wire, changed), *fields[at + 1 :]])


def reversed_order(name: str, fields: list[Field]) -> Iterator[list[Field]]:
    """Numbers in descending order; fields of one number keep their order."""
    yield sorted(fields, key=lambda field: -field[0])


def unknown_fields(name: str, fields: list[Field]) -> Iterator[list[Field]]:
    """A field that nobody knows, of any wire type, before and behind the others."""
    known = {number for number, _ in MESSAGES[name].values()}
    for number in {*range(1, 20), 100, 2**29 - 1} - known:
        for wire in (VARINT, FIXED64, BYTES, FIXED32):
            unknown = (number, wire, content_of(number, wire))
            yield [unknown, *fields, unknown]


def wrong_wires(name: str, fields: list[Field]) -> Iterator[list[Field]]:
    """A known field, again, with a wire type that it does not have; groups among them."""
    for at, (number, wire, _) in enumerate(fields):
        for other in {VARINT, FIXED64, BYTES, FIXED32, 3, 4, 6, 7} - {wire}:
            yield [*fields[: at + 1], (number, other, content_of(number, other)), *fields[at + 1 :]]


def scalars_twice(name: str, fields: list[Field]) -> Iterator[list[Field]]:
    """A scalar with another value before the one that counts."""
    lists = {number for number, kind in MESSAGES[name].values() if kind.startswith("*")}
    for at, (number, wire, content) in enumerate(fields):
        if number not in lists | set(parts(name)):
            other = b"\x07" if wire in {VARINT, BYTES} else bytes(len(content))
            yield [*fields[:at], (number, wire, other), *fields[at:]]


def messages_twice(name: str, fields: list[Field]) -> Iterator[list[Field]]:
    """A message that may stand once only, twice."""
    repeated = {number for number, kind in MESSAGES[name].values() if kind.startswith("*")}
    for at, (number, _, _) in enumerate(fields):
        if number in parts(name) and number not in repeated:
            yield [*fields[:at], fields[at], *fields[at:]]


def packed_otherwise(name: str, fields: list[Field]) -> Iterator[list[Field]]:
    """Packed numbers one by one, and in two packs."""
    numbers = {
        number: kind[1:]
        for number, kind in MESSAGES[name].values()
        if kind in {"*fixed64", "*double", "*uint64"}
    }
    for at, (number, _, content) in enumerate(fields):
        if number not in numbers:
            continue
        wire = VARINT if numbers[number] == "uint64" else FIXED64
        plain = split_packed(content, wire)
        alone = [(number, wire, one) for one in plain]
        packs = [(number, BYTES, b"".join(some)) for some in (plain[:1], [], plain[1:])]
        for instead in (alone, packs, [*alone[:1], *packs[1:]]):
            yield [*fields[:at], *instead, *fields[at + 1 :]]


def split_packed(content: bytes, wire: int) -> list[bytes]:
    """Return the numbers of a pack."""
    if wire == FIXED64:
        return [content[at : at + 8] for at in range(0, len(content), 8)]
    found, at = [], 0
    while at < len(content):
        _, end = _varint_at(content, at)
        found.append(content[at:end])
        at = end
    return found


def long_varints(name: str, data: bytes, size: int) -> bytes:
    """Return a message whose keys and lengths take more bytes than they need, at every level."""
    inside = parts(name)
    out = b""
    for number, wire, content in split(data):
        known = number in inside
        longer = long_varints(inside[number], content, size) if known else content
        out += put((number, wire, longer), size)
    return out


def long_lengths(name: str, data: bytes, lengths: tuple[int, ...]) -> Iterator[bytes]:
    """Yield the message with the length of one field, at any level, too large by as much."""
    fields = split(data)
    inside = parts(name)
    for at, (number, wire, content) in enumerate(fields):
        if wire != BYTES:
            continue
        before, after = join(fields[:at]), join(fields[at + 1 :])
        for more in lengths:
            yield (
                before + varint(number << 3 | BYTES) + varint(len(content) + more) + content + after
            )
        if number in inside:
            for changed in long_lengths(inside[number], content, lengths):
                yield before + put((number, BYTES, changed)) + after


UNREAD = {"Resource", "EntityRef"}
"""Messages that readers of rows pass over."""


def only_protobuf_minds(name: str, data: bytes) -> bool:
    """
    Tell whether protobuf's reader has a reason of its own to refuse a message.

    Text that is no UTF-8, or something broken in a message that readers of rows do not look into:
    a resource, or one before another that counts.
    """
    try:
        fields = split(data)
    except IndexError:
        return True
    kinds = dict(MESSAGES[name].values())
    for at, (number, wire, content) in enumerate(fields):
        kind = kinds.get(number, "")
        if wire != BYTES:
            continue
        if kind.lstrip("*?|") == "string" and not is_text(content):
            return True
        if number not in parts(name):
            continue
        if parts(name)[number] in UNREAD or is_overruled(kinds, number, fields[at + 1 :]):
            return True
        if only_protobuf_minds(parts(name)[number], content):
            return True
    return False


def is_overruled(kinds: dict[int, str], number: int, later: list[Field]) -> bool:
    """Tell whether a later field counts instead: of the same number, or another choice."""
    kind = kinds[number]
    if kind.startswith("*"):
        return False
    same = {number} | {other for other in kinds if kind[0] == kinds[other][0] == "|"}
    return any(field[0] in same for field in later)


def has_one_overruled(name: str, data: bytes) -> bool:
    """Tell whether a message stands where another one counts, anywhere in this one."""
    fields, kinds, inside = split(data), dict(MESSAGES[name].values()), parts(name)
    for at, (number, wire, content) in enumerate(fields):
        if number in inside and wire == BYTES:
            overruled = is_overruled(kinds, number, fields[at + 1 :])
            if overruled or has_one_overruled(inside[number], content):
                return True
    return False


def is_text(content: bytes) -> bool:
    """Tell whether bytes are UTF-8."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
