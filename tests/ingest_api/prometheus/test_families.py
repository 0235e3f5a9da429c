"""What is remembered of families of metrics, and what is never guessed."""

import pytest

from assets.otlp_wire.wire import Malformed
from assets.prometheus_wire.request import TYPES
from assets.prometheus_wire.translate import metadata_at
from benchmarks.prometheus.messages import V1
from ingest_api.limits import REMOTE_WRITE_FAMILIES_MAX, REMOTE_WRITE_FAMILY_BYTES_MAX
from ingest_api.prometheus.families import Families


def told(families: Families, *known: tuple[str, str, str, str]) -> None:
    """Describe families: name, type, help, unit."""
    request = V1["WriteRequest"]()
    for name, kind, text, unit in known:
        request.metadata.add(
            type=TYPES.index(kind),
            metric_family_name=name.encode(),
            help=text.encode(),
            unit=unit.encode(),
        )
    body = request.SerializeToString()
    families.learn(body, metadata_at(body))


def kind_of(families: Families, name: str) -> str:
    """Return the type of a series of this name."""
    return TYPES[families.describe(name.encode()).type]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("wait", "histogram"), ("wait_bucket", "histogram"), ("wait_count", "histogram"),
        ("wait_sum", "histogram"), ("wait_created", "histogram"), ("wait_total", "unknown"),
        ("rpc_sum", "summary"), ("rpc_bucket", "unknown"), ("hits_total", "counter"),
        ("hits_sum", "unknown"), ("build_info", "info"), ("free_count", "gauge"),
        ("bucket", "unknown"), ("_sum", "unknown"), ("other_total", "unknown"),
    ],
)  # fmt: skip
def test_a_series_is_of_the_family_that_its_name_and_type_say(name: str, kind: str) -> None:
    """
    A suffix counts only where a family of the right type is known.
    """
    families = Families()
    assert kind_of(families, name) == "unknown"
    told(
        families,
        ("wait", "histogram", "", ""), ("rpc", "summary", "", ""), ("hits", "counter", "", ""),
        ("build", "info", "", ""), ("free_count", "gauge", "", ""), ("free", "summary", "", ""),
    )  # fmt: skip
    assert kind_of(families, name) == kind


def test_what_two_senders_say_differently_is_not_told() -> None:
    """
    Not even when one of them says it again; what they agree on stays.
    """
    families = Families()
    told(families, ("x", "counter", "one", "s"))
    told(families, ("x", "gauge", "one", "ms"))
    told(families, ("x", "counter", "one", "s"))
    found = families.describe(b"x")
    assert (found.type, found.help, found.unit) == (0, b"one", b"")


def test_the_one_that_was_not_described_for_longest_is_forgotten() -> None:
    """
    At the limit, so that no sender makes the receiver remember without end.
    """
    families = Families()
    told(families, ("oldest", "counter", "", ""), ("kept", "counter", "", ""))
    told(families, *((f"m{n}", "gauge", "", "") for n in range(REMOTE_WRITE_FAMILIES_MAX - 2)))
    told(families, ("oldest", "counter", "", ""), ("kept", "counter", "", ""))
    told(families, ("one_more", "gauge", "", ""))
    assert kind_of(families, "m0") == "unknown"
    assert [kind_of(families, name) for name in ("oldest", "m1")] == ["counter", "gauge"]


def test_a_long_description_is_not_remembered() -> None:
    """
    Name, help and unit together.
    """
    families = Families()
    room = REMOTE_WRITE_FAMILY_BYTES_MAX - 2
    told(families, ("x", "counter", "h" * room, "s"), ("y", "counter", "h" * (room + 1), "s"))
    assert (kind_of(families, "x"), kind_of(families, "y")) == ("counter", "unknown")


def test_a_broken_description_is_malformed() -> None:
    """
    A request is refused for it, and what was known stays.
    """
    families = Families()
    told(families, ("x", "counter", "", ""))
    with pytest.raises(Malformed):
        families.learn(b"\x1a\x02\x12\x09", [(2, 4)])
    assert kind_of(families, "x") == "counter"
