"""Replaced functions come back exactly, whoever else replaced them meanwhile."""

from typing import Any

from limnograph import span
from limnograph.integrations import operation
from limnograph.integrations.operation import Names
from limnograph.integrations.patches import Patches


class Base:
    def greet(self) -> str:
        return "hello"


class Derived(Base):
    pass


def louder(original: Any) -> Any:
    return lambda self: original(self) + "!"


def test_originals_come_back_where_they_were() -> None:
    """
    Twice applied is once applied; an inherited function is inherited again.
    """
    patches = Patches()
    before = dict(vars(Base)), dict(vars(Derived))
    for _ in range(2):
        patches.apply((Derived, "greet", louder), (Base, "greet", louder))
    assert Base().greet() == "hello!"
    assert Derived().greet() == "hello!"
    assert Base.greet.__name__ == "greet"
    for _ in range(2):
        patches.revert()
    assert (dict(vars(Base)), dict(vars(Derived))) == before


def test_what_another_replaced_after_us_stays_his() -> None:
    """
    Ours below it is not put in a second time.
    """
    patches = Patches()
    patches.apply((Base, "greet", louder))
    ours = Base.greet
    his = lambda self: ours(self) + "?"  # noqa: E731
    Base.greet = his  # type: ignore[method-assign,assignment]
    patches.revert()
    assert Base.greet is his
    assert not patches.on
    patches.apply((Base, "greet", louder))
    assert Base().greet() == "hello!?"
    Base.greet = ours  # type: ignore[method-assign]
    patches.revert()
    assert Base().greet() == "hello"


def test_names_of_spans_are_bounded(monkeypatch: Any) -> None:
    """
    Beyond the limit new names share one span, and no memory is taken for them.
    """
    monkeypatch.setattr(operation, "OPERATION_NAMES_MAX", 2)
    names = Names(lambda name: span(name), "other")  # noqa: PLW0108
    assert [names[name].name for name in ("a", "b", "c", "d", "a")] == [
        "a", "b", "other", "other", "a",
    ]  # fmt: skip
    assert len(names._known) == 2
