"""Decorated functions: they stay what they were, and their spans last as long as they do."""

import asyncio
import copy
import functools
import inspect
import pickle
import typing
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import limnograph
from limnograph import span
from tests.sdk.peer import Peer

OUTER = span("outer")


def recorded(peer: Peer) -> list[tuple[str, int, int]]:
    """Flush and return name, depth and status of the spans, in the order of their ends."""
    assert limnograph.flush(5)
    return [(row["name"], row["depth"], row["status"]) for row in peer.rows("cpu")]


@span
def module_level(a: int, *more: int, b: int = 2, **others: int) -> int:
    """Add."""
    return a + sum(more) + b + sum(others.values())


class Shop:
    """What is sold."""

    @span
    def sell(self, what: str) -> str:
        """Sell."""
        return what

    @span
    @classmethod
    def made(cls) -> "Shop":
        return cls()

    @span
    @staticmethod
    def static(a: int) -> int:
        return a

    @property
    @span
    def size(self) -> int:
        return 7


class Branch(Shop):
    """A shop that overrides and calls up."""

    @span
    def sell(self, what: str) -> str:
        return super().sell(what) + "!"


def test_a_bare_span_has_the_qualified_name_and_place_of_its_function(sdk: Peer) -> None:
    """
    @span without a name needs no second thought.
    """
    assert module_level(1, 3, b=4, c=5) == 13
    assert Shop().sell("tea") == "tea"
    assert isinstance(Shop.made(), Shop)
    assert Shop.static(3) == 3
    assert Shop().size == 7
    names = ["module_level", "Shop.sell", "Shop.made", "Shop.static", "Shop.size"]
    assert recorded(sdk) == [(name, 0, 1) for name in names]
    row = sdk.rows("cpu")[0]
    assert (row["target"], row["file"]) == (__name__, __file__)
    assert row["line"] == inspect.getsourcelines(module_level)[1]


def test_overriding_methods_nest(sdk: Peer) -> None:
    """
    super() reaches the decorated method of the base.
    """
    assert Branch().sell("tea") == "tea!"
    assert recorded(sdk) == [("Shop.sell", 1, 1), ("Branch.sell", 0, 1)]


def test_a_decorated_function_can_be_examined_and_carried_like_the_plain_one() -> None:
    """
    Signature, names, documentation, annotations, source, pickles, copies, weak references.
    """
    assert (
        str(inspect.signature(module_level))
        == "(a: int, *more: int, b: int = 2, **others: int) -> int"
    )
    assert module_level.__name__ == module_level.__qualname__ == "module_level"
    assert module_level.__module__ == __name__
    assert module_level.__doc__ == "Add."
    assert typing.get_type_hints(module_level)["a"] is int
    assert "return a + sum" in inspect.getsource(module_level)
    assert pickle.loads(pickle.dumps(module_level)) is module_level
    assert pickle.loads(pickle.dumps(Shop.static)) is Shop.static
    assert copy.copy(module_level) is copy.deepcopy(module_level) is module_level
    assert weakref.ref(module_level)() is module_level
    assert inspect.unwrap(module_level).__code__.co_name == "module_level"
    assert inspect.isroutine(module_level)
    assert inspect.ismethod(Shop().sell)
    assert Shop().sell.__self__.__class__ is Shop  # type: ignore[attr-defined]
    assert str(inspect.signature(Shop.sell)) == "(self, what: str) -> str"
    assert str(inspect.signature(Shop().sell)) == "(what: str) -> str"
    assert callable(module_level)
    assert hash(module_level) == hash(module_level)
    assert "module_level" in repr(module_level)
    module_level.note = 5  # type: ignore[attr-defined]
    assert module_level.note == 5  # type: ignore[attr-defined]
    assert functools.wraps(module_level)(lambda: 1).__name__ == "module_level"


def test_attributes_of_the_function_stay_reachable() -> None:
    """
    Frameworks mark functions with attributes, before or after decoration.
    """

    def marked() -> int:
        return 1

    marked.mark = "m"  # type: ignore[attr-defined]
    found: Any = OUTER(marked)
    assert found.mark == "m"
    assert found.__wrapped__ is marked
    with pytest.raises(AttributeError, match="no_such"):
        _ = found.no_such


def test_what_is_no_function_is_returned_as_it_is() -> None:
    """
    A class is no call to be timed; neither is a number.
    """
    assert OUTER(Shop) is Shop
    assert OUTER(5) == 5  # type: ignore[call-overload]


def test_arguments_and_exceptions_pass_through(sdk: Peer) -> None:
    """
    Wrong arguments raise what they raised before, and fail the span.
    """
    failure = KeyError("k")

    @OUTER(kind="x")
    def fails(exc: BaseException) -> None:
        raise exc

    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        fails()  # type: ignore[call-arg]
    with pytest.raises(KeyError) as caught:
        fails(failure)
    assert caught.value is failure
    with pytest.raises(SystemExit):
        fails(SystemExit(3))
    assert recorded(sdk) == [("outer", 0, 2)] * 3
    properties = [row["properties"] for row in sdk.rows("cpu")]
    assert [found["exception.type"] for found in properties] == [
        "TypeError", "KeyError", "SystemExit",
    ]  # fmt: skip
    assert properties[1]["kind"] == "x"


def test_recursion_ends_as_it_always_did(sdk: Peer) -> None:
    """
    Endless recursion through a decorated function is a RecursionError, not the end of the process.
    """

    @span("dive")
    def dive() -> None:
        dive()

    with pytest.raises(RecursionError):
        dive()
    rows = recorded(sdk)
    assert rows
    assert {status for _, _, status in rows} == {2}
    with OUTER:
        pass
    assert recorded(sdk)[-1] == ("outer", 0, 1)


def test_callable_objects_and_partials_of_every_kind_are_recognized(sdk: Peer) -> None:
    """
    What counts is what is run in the end.
    """

    class Async:
        async def __call__(self, x: int) -> int:
            await asyncio.sleep(0)
            return x

    class Plain:
        def __call__(self, x: int) -> int:
            return x

    assert OUTER(Plain())(4) == 4
    assert asyncio.run(OUTER(Async())(5)) == 5
    assert asyncio.run(OUTER(functools.partial(Async().__call__, 6))()) == 6
    assert OUTER(len)("abc") == 3
    assert recorded(sdk) == [("outer", 0, 1)] * 4


def test_async_generators_keep_send_throw_and_close(sdk: Peer) -> None:
    """
    The wrapper passes on everything that an async generator can be told.
    """
    told: list[object] = []

    @OUTER
    async def values() -> AsyncIterator[int]:
        try:
            told.append((yield 1))
            try:
                yield 2
            except ValueError as exc:
                told.append(str(exc))
            yield 3
        finally:
            told.append("closed")

    async def main() -> None:
        running: Any = values()
        assert inspect.isasyncgen(running)
        assert await running.asend(None) == 1
        assert await running.asend("sent") == 2
        assert await running.athrow(ValueError("thrown")) == 3
        await running.aclose()
        assert [value async for value in values()] == [1, 2, 3]

    asyncio.run(main())
    assert inspect.isasyncgenfunction(values)
    assert told == ["sent", "thrown", "closed", None, "closed"]
    assert recorded(sdk) == [("outer", 0, 1)] * 2


def test_an_async_generator_is_closed_by_another_task(sdk: Peer) -> None:
    """
    Its span ends there, and the task that began it and the one that closed it nest as before.
    """

    @span("values")
    async def values() -> AsyncIterator[int]:
        yield 1
        yield 2

    async def main() -> None:
        running: Any = values()
        first = asyncio.create_task(anext(running))
        assert await first == 1
        with OUTER:
            await asyncio.create_task(running.aclose())

    asyncio.run(main())
    with span("after"):
        pass
    assert recorded(sdk) == [("values", 0, 1), ("outer", 0, 1), ("after", 0, 1)]


def test_generators_interleaved_and_closed_late_end_their_own_spans(sdk: Peer) -> None:
    """
    Each end belongs to its own generator, in whatever order they end.
    """

    @OUTER
    def numbers(begin: int) -> Iterator[int]:
        yield begin
        yield begin + 1

    assert inspect.isgeneratorfunction(numbers)
    both = zip(numbers(1), numbers(5), strict=True)
    assert list(both) == [(1, 5), (2, 6)]
    many = [numbers(number) for number in range(5)]
    for one in many:
        next(one)
    for one in many:
        one.close()  # type: ignore[attr-defined]
    with span("after"):
        pass
    rows = recorded(sdk)
    assert rows[-1] == ("after", 0, 1)
    assert [depth for _, depth, _ in rows[2:-1]] == [0, 1, 2, 3, 4]
    ids = [row["id"] for row in sdk.rows("cpu")][2:-1]
    assert ids == sorted(ids)


def test_properties_of_a_decorator_are_those_at_decoration(sdk: Peer) -> None:
    """
    Values are copied when they are given: what changes later is not seen.
    """
    changing = [1]

    @OUTER(state=changing, number=5)
    def call() -> None:
        OUTER.set(more="yes")

    changing.append(2)
    call()
    call()
    assert limnograph.flush(5)
    rows = [row["properties"] for row in sdk.rows("cpu")]
    assert rows == [{"state": "[1]", "number": "5", "more": "yes"}] * 2
