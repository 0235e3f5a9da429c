"""
Where in the text a syntax node stands, and errors that say so.

The parser keeps offsets on the leaves it reads (names, literals, calls); an operator stands where
its first leaf stands; a node without leaves stands where the parser was when it was made.
"""

from dataclasses import dataclass

from sqlglot import exp

from query_engine.sql.errors import SqlError, Unsupported

AT = "limno_at"
"""Key of the fallback offset in a node's meta."""


def offset_of(node: exp.Expr) -> int:
    """Return the 0-based offset of *node*'s first character; 0 when the parser kept none."""
    start = own_offset(node)
    if start is not None:
        return start
    leaves = [found for child in node.walk(bfs=False) if (found := own_offset(child)) is not None]
    if leaves:
        return min(leaves)
    fallback = node.meta.get(AT)
    return fallback if isinstance(fallback, int) else 0


def own_offset(node: exp.Expr) -> int | None:
    """Return the offset that the parser kept on *node* itself, or None."""
    if not node._meta:  # noqa: SLF001 - the property would create a dict on every node
        return None
    start = node.meta.get("start")
    return start if isinstance(start, int) else None


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one query."""

    sql: str

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """Return the 1-based line and column of a 0-based *offset*."""
        offset = min(offset, len(self.sql))
        line = self.sql.count("\n", 0, offset) + 1
        return line, offset - self.sql.rfind("\n", 0, offset)

    def place(self, error: SqlError, where: exp.Expr | int) -> SqlError:
        """Give *error* the position of *where*, unless it has one."""
        offset = where if isinstance(where, int) else offset_of(where)
        return error.placed(*self.line_and_column(offset))

    def unsupported(
        self, message: str, where: exp.Expr | int, *, hint: str | None = None
    ) -> SqlError:
        """Return the refusal of what stands at *where*."""
        return self.place(Unsupported(message, hint=hint), where)
