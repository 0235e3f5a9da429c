"""A target, which is a job and an instance, as an OTLP resource."""

from assets.prometheus_wire.written import attribute, bytes_field

_SCOPE = bytes_field(1, bytes_field(1, b"prometheus"))


def resource(job: bytes, instance: bytes, metrics: bytes) -> bytes:
    """Return the ResourceMetrics message of a target, given its metrics as fields."""
    known = {
        b"service.name": job,
        b"service.instance.id": instance,
        b"host.name": host_of(instance),
    }
    attributes = b"".join(attribute(1, key, value) for key, value in known.items() if value)
    return bytes_field(1, attributes) + bytes_field(2, _SCOPE + metrics)


def host_of(instance: bytes) -> bytes:
    """Return the host that an instance names: without scheme, path, port and brackets."""
    _, colon, after = instance.partition(b":")
    rest = after[2:].partition(b"/")[0] if colon and after.startswith(b"//") else instance
    if rest.startswith(b"[") and b"]" in rest:
        return rest[1 : rest.index(b"]")]
    host, colon, port = rest.partition(b":")
    return host if colon and b":" not in port else rest
