"""The path argument of the functions that take one."""

from query_engine.functions.function import Argument, BadArgument, BadValue
from query_engine.functions.jsonpath.nodes import Expression
from query_engine.functions.jsonpath.parser import InvalidPath, parse_path


def check_path(path: Argument) -> None:
    """Refuse a constant that is no path, before the query runs; raises BadArgument."""
    if path.constant and isinstance(path.value, str):
        try:
            parse_path(path.value)
        except InvalidPath as error:
            raise BadArgument(str(error), index=1) from None


def path_of(text: str) -> Expression:
    """Return the path that a value of a column means; raises BadValue."""
    try:
        return parse_path(text)
    except InvalidPath as error:
        raise BadValue(str(error)) from None
