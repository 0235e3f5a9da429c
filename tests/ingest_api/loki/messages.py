"""Loki's PushRequest as a class of protobuf's own library, and one push in both of its forms."""

import json
from collections.abc import Mapping

import cramjam
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2

NOW = 1_760_000_000_123_456_789
TIMESTAMP = timestamp_pb2.Timestamp.DESCRIPTOR.full_name

Line = tuple[int, str] | tuple[int, str, Mapping[str, str]]


def _made() -> type:
    """Return the class, made of a description."""
    kinds = descriptor_pb2.FieldDescriptorProto
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(
        name="push.proto",
        package="logproto",
        syntax="proto3",
        dependency=["google/protobuf/timestamp.proto"],
    )
    described = {
        "Pair": [("name", kinds.TYPE_STRING, ""), ("value", kinds.TYPE_STRING, "")],
        "Entry": [
            ("timestamp", kinds.TYPE_MESSAGE, f".{TIMESTAMP}"),
            ("line", kinds.TYPE_STRING, ""),
            ("metadata", kinds.TYPE_MESSAGE, "*.logproto.Pair"),
        ],
        "Stream": [
            ("labels", kinds.TYPE_STRING, ""),
            ("entries", kinds.TYPE_MESSAGE, "*.logproto.Entry"),
            ("hash", kinds.TYPE_UINT64, ""),
        ],
        "PushRequest": [("streams", kinds.TYPE_MESSAGE, "*.logproto.Stream")],
    }
    for name, fields in described.items():
        message = file.message_type.add(name=name)
        for number, (field, kind, of) in enumerate(fields, 1):
            label = kinds.LABEL_REPEATED if of.startswith("*") else kinds.LABEL_OPTIONAL
            message.field.add(
                name=field, number=number, type=kind, label=label, type_name=of.lstrip("*") or None
            )
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("logproto.PushRequest"))


PushRequest = _made()


def quoted(labels: Mapping[str, str]) -> str:
    """Return labels as clients write them."""
    strings = {name: json.dumps(value, ensure_ascii=False) for name, value in labels.items()}
    return "{" + ", ".join(f"{name}={value}" for name, value in strings.items()) + "}"


def message(*streams: tuple[Mapping[str, str] | str, list[Line]]):
    """Return a push as a message; labels may be text that is taken as it is."""
    push = PushRequest()
    for labels, lines in streams:
        text = labels if isinstance(labels, str) else quoted(labels)
        stream = push.streams.add(labels=text, hash=7)
        for time, line, *metadata in lines:
            entry = stream.entries.add(line=line)
            entry.timestamp.seconds, entry.timestamp.nanos = divmod(time, 1_000_000_000)
            for name, value in (metadata[0] if metadata else {}).items():
                entry.metadata.add(name=name, value=value)
    return push


def snappy(data: bytes) -> bytes:
    """Return a snappy block."""
    return bytes(cramjam.snappy.compress_raw(data))


def in_json(*streams: tuple[Mapping[str, str], list[Line]]) -> bytes:
    """Return a push as JSON."""
    return json.dumps(
        {
            "streams": [
                {"stream": labels, "values": [[str(time), *rest] for time, *rest in lines]}
                for labels, lines in streams
            ]
        }
    ).encode()
