"""
Chosen modules traced, on every interpreter here: by replacement on 3.11, by observation later.

Each case is a program of its own, in the plain recorder, whose buffers it looks at.
"""

import os
import subprocess
import textwrap
from pathlib import Path

import pytest

from tests.sdk.packaging.interpreters import SDK, Interpreter, found

INTERPRETERS = [one for one in found() if not one.free_threaded]

PACKAGE = {
    "shop/__init__.py": "def open_shop(): return 'open'\n",
    "shop/cart.py": """
        import asyncio, enum, functools
        from dataclasses import dataclass
        from os.path import join

        def add(n): return n + 1

        def fails(): raise KeyError("k")

        async def pay(n):
            await asyncio.sleep(0)
            return n

        def rows():
            yield 1
            yield 2

        async def stream():
            yield 1

        @functools.lru_cache
        def cached(n): return n

        def logged(function):
            @functools.wraps(function)
            def wrapper(*args): return function(*args)
            return wrapper

        @logged
        def decorated(n): return n

        def outer():
            def inner(): return 5
            return inner()

        REGISTRY = {"add": add}

        class Cart:
            limit = 3
            def __init__(self, n): self.n = n
            def __repr__(self): return "Cart"
            def total(self): return self.n
            def _private(self): return self.n
            @classmethod
            def empty(cls): return cls(0)
            @staticmethod
            def rate(): return 1.2
            @property
            def size(self): return self.n
            @size.setter
            def size(self, n): self.n = n
            @functools.cached_property
            def slow(self): return self.n
            class Line:
                def price(self): return 9

        class Big(Cart):
            def total(self): return super().total() + 1

        @dataclass
        class Order:
            n: int
            def twice(self): return self.n * 2

        class Colour(enum.Enum):
            RED = 1
            def shade(self): return self.value
        """,
    "shop/deep/__init__.py": "",
    "shop/deep/stock.py": "from shop.cart import add\ndef count(): return add(1)\n",
    "other.py": "def untouched(): return 1\n",
    "app.py": "import shop.cart\nprint(shop.cart.add(1))\n",
}

START = """
import asyncio, gc, inspect, pickle, sys
import limnograph
from limnograph import Limits, recorder, span, trace_modules
from limnograph.recorder.state import LOCAL, STATE
from limnograph.faults import Faults

recorder.start(6, Limits(), lambda urgent: None)
STATE.enter_thread()
OBSERVED = recorder.CAN_WATCH

def names():
    rows = list(LOCAL.spans)
    LOCAL.spans.clear()
    return [row[5].name for row in rows]
"""

END = """
assert (STATE.failures, Faults.count) == (0, 0), Faults.last
assert STATE.current.get() is None
"""

CASES = {
    "functions and methods of every kind": """
        trace_modules("shop.*")
        from shop import cart, open_shop
        assert open_shop() == "open"
        assert names() == ["open_shop"]
        one = cart.Cart(2)
        assert (cart.add(1), one.total(), one._private()) == (2, 2, 2)
        assert names() == ["Cart.__init__", "add", "Cart.total", "Cart._private"]
        assert (cart.Cart.empty().n, one.empty().n) == (0, 0)
        assert (cart.Cart.rate(), one.rate()) == (1.2, 1.2)
        assert set(names()) == {"Cart.__init__", "Cart.empty", "Cart.rate"}
        one.size = 7
        assert (one.size, one.slow, one.slow) == (7, 7, 7)
        assert names() == ["Cart.size", "Cart.size", "Cart.slow"]
        assert (cart.Cart.Line().price(), cart.Order(3).twice()) == (9, 6)
        assert cart.Colour.RED.shade() == 1
        assert names() == ["Cart.Line.price", "Order.twice", "Colour.shade"]
        assert cart.Big(1).total() == 2
        assert names() == ["Cart.__init__", "Cart.total", "Big.total"]
        assert (repr(one), cart.join("a", "b"), cart.Cart.limit) == ("Cart", "a/b", 3)
        assert names() == []
        """,
    "asynchronous functions and generators": """
        trace_modules("shop.cart")
        from shop import cart
        assert inspect.iscoroutinefunction(cart.pay)
        assert inspect.isgeneratorfunction(cart.rows)
        assert inspect.isasyncgenfunction(cart.stream)
        async def main():
            return await asyncio.gather(cart.pay(1), cart.pay(2)), [n async for n in cart.stream()]
        assert asyncio.run(main()) == ([1, 2], [1])
        assert list(cart.rows()) == [1, 2]
        assert sorted(names()) == ["pay", "pay", "rows", "stream"]
        """,
    "an exception goes on its way and fails the span": """
        trace_modules("shop.cart")
        from shop import cart
        try: cart.fails()
        except KeyError as exc: assert exc.args == ("k",)
        else: raise AssertionError
        (row,) = LOCAL.spans
        assert (row[5].name, row[6], row[7]["exception.type"]) == ("fails", 2, "KeyError")
        """,
    "decorators of the program stay": """
        trace_modules("shop.cart")
        from shop import cart
        assert (cart.decorated(1), cart.cached(1), cart.cached(1)) == (1, 1, 1)
        assert cart.cached.cache_info().hits == 1
        found = names()
        assert found.count("decorated") == 1
        assert OBSERVED == ("cached" in found)
        """,
    "modules that were imported before": """
        from shop import cart
        one = cart.Cart(1)
        tracing = trace_modules("shop.*")
        assert {"shop", "shop.cart"} <= set(tracing.modules)
        assert (cart.add(1), one.total()) == (2, 1)
        assert names() == ["add", "Cart.total"]
        cart.REGISTRY["add"](1)
        assert names() == (["add"] if OBSERVED else [])
        """,
    "modules that are imported later, by others too": """
        tracing = trace_modules("shop.*")
        from shop.deep import stock
        import other
        assert stock.count() == 2
        other.untouched()
        assert names() == ["add", "count"]
        assert tracing.modules == ["shop", "shop.cart", "shop.deep", "shop.deep.stock"]
        """,
    "functions inside functions, where the interpreter tells": """
        trace_modules("shop.cart")
        from shop import cart
        assert cart.outer() == 5
        assert names() == (["outer.<locals>.inner", "outer"] if OBSERVED else ["outer"])
        """,
    "only what was chosen": """
        tracing = trace_modules("shop.deep.*", "nothing.at.all")
        import shop.cart, other
        from shop.deep.stock import count
        shop.cart.add(1), other.untouched(), count()
        assert names() == ["count"]
        """,
    "everything but the standard library": """
        with trace_modules("*") as tracing:
            import json, other
            from shop import cart
            json.dumps({}), other.untouched(), cart.add(1)
            assert {"untouched", "add"} <= set(names())
            assert not any(name.startswith(("json", "limnograph")) for name in tracing.modules)
        """,
    "stop puts everything back": """
        import shop.cart
        from shop.cart import Cart, Colour, add
        before = dict(vars(shop.cart)), {k: v for k, v in vars(Cart).items()}
        hooks = list(sys.meta_path)
        tracing = trace_modules("shop.*")
        import shop.deep.stock
        tracing.stop()
        after = dict(vars(shop.cart)), {k: v for k, v in vars(Cart).items()}
        assert after == before
        assert sys.meta_path == hooks
        one = Cart(1)
        add(1), one.total(), one.slow, shop.deep.stock.count()
        assert names() == []
        assert not OBSERVED or all(sys.monitoring.get_tool(number) is None for number in range(6))
        tracing.stop()
        with trace_modules("shop.cart"):
            shop.cart.add(1)
        assert names() == ["add"]
        """,
    "short calls are left out": """
        trace_modules("shop.*", min_duration_s=3600)
        from shop import cart
        cart.add(1)
        assert names() == []
        """,
    "what is a span already is not one twice": """
        import types
        module = types.ModuleType("handmade")
        sys.modules["handmade"] = module
        source = "from limnograph import span\\n@span\\ndef f(): pass\\ndef g(): f()\\n"
        exec(compile(source, "handmade.py", "exec"), vars(module))
        trace_modules("handmade")
        module.g()
        assert names() == ["f", "g"]
        """,
    "two tracings of one module": """
        first, second = trace_modules("shop.*"), trace_modules("shop.cart")
        from shop import cart
        cart.add(1)
        assert names() == ["add"]
        first.stop(), second.stop()
        cart.add(1)
        assert names() == []
        """,
    "functions stay what others take them for": """
        trace_modules("shop.cart")
        from shop import cart
        assert pickle.loads(pickle.dumps(cart.add))(1) == 2
        assert pickle.loads(pickle.dumps(cart.Cart(4))).n == 4
        assert str(inspect.signature(cart.add)) == "(n)"
        assert "return n + 1" in inspect.getsource(cart.add)
        assert cart.__spec__.loader.get_code("shop.cart") is not None
        assert type(cart.__loader__).__name__ == "SourceFileLoader"
        assert not {"exec_module", "get_code"} & set(vars(cart.__loader__))
        """,
    "reloading": """
        import importlib
        trace_modules("shop.cart")
        from shop import cart
        importlib.reload(cart)
        cart.add(1)
        assert names() == ["add"]
        """,
    "a module that fails while it is imported": """
        import pathlib
        pathlib.Path("broken.py").write_text("def f(): pass\\nraise ValueError('broken')\\n")
        trace_modules("broken", "shop.*")
        try: import broken
        except ValueError as exc: assert "broken" in str(exc)
        else: raise AssertionError
        assert "broken" not in sys.modules
        from shop import cart
        cart.add(1)
        assert names() == ["add"]
        """,
    "a missing module is missing as ever": """
        trace_modules("missing.*")
        try: import missing
        except ModuleNotFoundError as exc: assert exc.name == "missing"
        else: raise AssertionError
        """,
    "mistakes are said and stop nothing": """
        import io
        real, sys.stderr = sys.stderr, io.StringIO()
        tracing = trace_modules("shop.cart", None, min_duration_s="x")
        said, sys.stderr = sys.stderr.getvalue(), real
        assert said.count("limnograph: trace_modules: ") == 2
        from shop import cart
        cart.add(1)
        assert names() == ["add"]
        """,
}


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package that the cases trace."""
    root = tmp_path_factory.mktemp("traced")
    for name, text in PACKAGE.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return root


@pytest.mark.parametrize("interpreter", INTERPRETERS, ids=str)
@pytest.mark.parametrize("case", CASES)
def test_tracing(case: str, interpreter: Interpreter, package: Path) -> None:
    """
    What the case's name says.
    """
    program = START + textwrap.dedent(CASES[case]) + END
    done = subprocess.run(
        [interpreter.path, "-W", "error", "-B", "-c", program],
        env={**os.environ, "PYTHONPATH": str(SDK / "src"), "LIMNO_RECORDER": "python"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=package,
    )
    assert done.returncode == 0, done.stderr
