"""
Running a program as ``python`` runs it: what is in place before its first line, and how it ends.

A script gets a ``__main__`` of its own, the folder of the script first on the path, and the
arguments after it. When it fails, the frames of this package are cut off the traceback.
"""

import builtins
import io
import os
import runpy
import sys
from importlib.machinery import SourceFileLoader
from pkgutil import get_importer, read_code
from types import CodeType, ModuleType, TracebackType
from typing import Any

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep  # noqa: PTH100, PTH120
_ENTRY = os.path.join(os.path.dirname(_HERE.rstrip(os.sep)), "__main__.py")  # noqa: PTH118, PTH120
_CANNOT_OPEN = 2

_replaced: list[ModuleType] = []
"""The ``__main__`` before: its names are in use as long as the program runs."""


def prepare(kind: str, program: str, args: tuple[str, ...]) -> CodeType | None:
    """
    Put arguments, path and ``__main__`` in place; return the code of a script or text.

    A script that cannot be opened ends the process with python's own words and code.
    """
    code = None
    if kind == "script":
        sys.argv = [program, *args]
        code = _script(program)
    elif kind == "code":
        sys.argv = ["-c", *args]
        if not sys.flags.safe_path and sys.path:
            sys.path[0] = ""
        _clean_main()
        code = _alone(compile, program, "<string>", "exec", dont_inherit=True)
    else:
        sys.argv = ["-m", *args]
        _clean_main()
    return code


def execute(kind: str, program: str, code: CodeType | None) -> None:
    """Run the prepared program to its end; whatever it raises goes on as from python itself."""
    run: Any = getattr(runpy, "_run_module_as_main")  # noqa: B009 - what python -m itself calls
    if code is not None:
        _alone(exec, code, vars(sys.modules["__main__"]))
    elif kind == "module":
        _alone(run, program)
    else:
        _alone(run, "__main__", alter_argv=False)


def _script(program: str) -> CodeType | None:
    """Return a script's code; None for a folder or archive, whose ``__main__`` is a module."""
    path = os.path.join(os.getcwd(), program)  # noqa: PTH109, PTH118
    safe = sys.flags.safe_path
    if get_importer(path) is not None:
        if safe:
            sys.path.insert(0, path)
        else:
            sys.path[0] = path
        _clean_main()
        return None
    try:
        with io.open_code(path) as file:
            code: CodeType | None = read_code(file)
            if code is None:
                file.seek(0)
                source = file.read()
    except OSError as exc:
        text = f"[Errno {exc.errno}] {exc.strerror}"
        sys.stderr.write(f"{sys.executable}: can't open file {path!r}: {text}\n")
        sys.exit(_CANNOT_OPEN)
    if not safe:
        sys.path[0] = os.path.dirname(os.path.realpath(program))  # noqa: PTH120
    main = _clean_main()
    main.__file__ = path
    main.__loader__ = SourceFileLoader("__main__", path)
    vars(main)["__cached__"] = None
    if code is None:
        code = _alone(compile, source, path, "exec", dont_inherit=True)
    return code


def _clean_main() -> ModuleType:
    main = ModuleType("__main__")
    vars(main)["__builtins__"] = builtins
    vars(main)["__annotations__"] = {}
    _replaced.append(sys.modules["__main__"])
    sys.modules["__main__"] = main
    return main


def _alone(run: Any, *args: Any, **options: Any) -> Any:
    """Call *run*; an exception that leaves it is shown without our frames."""
    try:
        return run(*args, **options)
    except SystemExit:
        raise
    except BaseException as exc:
        _show_alone(exc)
        raise


def _show_alone(failure: BaseException) -> None:
    shown = sys.excepthook
    theirs = failure.__traceback__
    while theirs is not None and _is_ours(theirs):
        theirs = theirs.tb_next

    def excepthook(
        kind: type[BaseException], value: BaseException, trace: TracebackType | None
    ) -> None:
        if value is failure:
            value.__traceback__ = trace = theirs
        shown(kind, value, trace)

    sys.excepthook = excepthook


def _is_ours(trace: TracebackType) -> bool:
    file = trace.tb_frame.f_code.co_filename
    return file.startswith(_HERE) or file == _ENTRY
