"""
Spans round functions: which kind of function it is, and a wrapper of the same kind.

A wrapper of an async function, a generator or an async generator must be one itself, so that the
program sees what it saw before; these three are plain Python for every recorder. Round ordinary
functions a recorder may put something faster.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial, wraps
from typing import Any

_CO_GENERATOR, _CO_COROUTINE, _CO_ASYNC_GENERATOR = 0x20, 0x80, 0x200

Opener = Callable[[], AbstractContextManager[object]]
"""Returns a context manager that is one use of the span."""


def decorated(function: Any, opener: Opener, plain: Callable[[Any], Any]) -> Any:
    """
    Return *function* with a span round each call, to its end.

    Args:
        function: A function, method, ``classmethod``, ``staticmethod`` or other callable; anything
            else, and a class, is returned unchanged.
        opener: Makes the use of the span for one call.
        plain: Wraps a function that is over when it returns.
    """
    if isinstance(function, classmethod | staticmethod):
        return type(function)(decorated(function.__func__, opener, plain))
    if isinstance(function, type) or not callable(function):
        return function
    flags = _code_flags(function)
    if flags & _CO_COROUTINE:
        return wraps(function)(_coroutine_call(function, opener))
    if flags & _CO_ASYNC_GENERATOR:
        return wraps(function)(_async_generator_call(function, opener))
    if flags & _CO_GENERATOR:
        return wraps(function)(_generator_call(function, opener))
    return plain(function)


def _code_flags(function: Any) -> int:
    while isinstance(function, partial):
        function = function.func
    code = getattr(function, "__code__", None)
    if code is None:
        code = getattr(type(function).__call__, "__code__", None)
    flags: int = getattr(code, "co_flags", 0)
    return flags


def _coroutine_call(function: Any, opener: Opener) -> Any:
    async def call(*args: Any, **kwargs: Any) -> Any:
        with opener():
            return await function(*args, **kwargs)

    return call


def _generator_call(function: Any, opener: Opener) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        with opener():
            return (yield from function(*args, **kwargs))

    return call


def _async_generator_call(function: Any, opener: Opener) -> Any:
    async def call(*args: Any, **kwargs: Any) -> Any:
        with opener():
            values = function(*args, **kwargs)
            try:
                value = await values.__anext__()
                while True:
                    try:
                        sent = yield value
                    except GeneratorExit:
                        raise
                    except BaseException as exc:
                        value = await values.athrow(exc)
                    else:
                        value = await values.asend(sent)
            except StopAsyncIteration:
                return
            finally:
                await values.aclose()

    return call
