"""
Text to a syntax tree: the one SQL dialect of this product.

Postgres' grammar, with two differences. Every call is kept as name and arguments, because our own
registry decides what a name means; and every node remembers where it stood.
"""

import itertools
import re
from collections.abc import Callable, Collection
from typing import Any, ClassVar, TypeVar

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError, TokenError
from sqlglot.generator import Generator
from sqlglot.generators.postgres import PostgresGenerator
from sqlglot.parsers.postgres import PostgresParser
from sqlglot.tokenizer_core import Token, TokenType

from query_engine.sql.errors import QueryTooLarge, SqlError, SyntaxProblem
from query_engine.sql.limits import NESTING_MAX, SQL_CHARS_MAX, SQL_WORDS_MAX
from query_engine.sql.positions import AT, Source
from query_engine.sql.words import refuse_misplaced_words

E = TypeVar("E", bound=exp.Expr)

OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE}
CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END}
QUERY_STARTS = {
    TokenType.SELECT,
    TokenType.WITH,
    TokenType.L_PAREN,
    TokenType.VALUES,
    TokenType.FROM,
}
DEFINING = frozenset({"CREATE", "DROP"})
"""Words that statements begin with which are no queries, and may hold one."""
ENDS_OF_WINDOW_NAME = {
    TokenType.R_PAREN,
    TokenType.PARTITION_BY,
    TokenType.ORDER_BY,
    TokenType.ROWS,
    TokenType.RANGE,
}
"""What follows the name of a window that another builds on."""
INTERNALS = re.compile(r" but got <Token.*| for <class.*", re.DOTALL)
"""Where the parser's messages go on to name its own objects."""

KEPT_CALL_PARSERS = ("CAST", "EXTRACT", "OVERLAY", "SUBSTRING", "TRIM", "TRY_CAST")


NO_KEYWORDS = {"BEGIN", "?::", "?|", "?&", "??"}
"""``begin`` is a column here, and ``?`` a parameter whatever follows it."""


class LimnographParser(PostgresParser):
    """Postgres' parser that leaves the meaning of calls to our registry."""

    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        **{name: PostgresParser.FUNCTION_PARSERS[name] for name in KEPT_CALL_PARSERS},
        # POSITION(part IN text), and position(text, part) as in DataFusion.
        "POSITION": lambda self: self._parse_position(haystack_first=True),
    }
    NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        **{name: PostgresParser.NO_PAREN_FUNCTION_PARSERS[name] for name in ("ANY", "CASE")},
        "MAP": lambda self: self._parse_map(),
    }
    # ^ is exclusive or, as in DataFusion, and no power.
    EXPONENT: ClassVar[dict[Any, Any]] = {}

    MAP_KEYS_ARE_ARBITRARY_EXPRESSIONS = True

    def _parse_interval_span(self, this: exp.Expr, *args: Any, **kwargs: Any) -> exp.Interval:
        """Parse what follows INTERVAL; the parser keeps only what it understands of a text."""
        span = super()._parse_interval_span(this, *args, **kwargs)
        if this.is_string and span.this.name != this.name:
            span.set("this", this)
            span.set("unit", None)
        span.set("fraction_in_string", None)
        return span

    def _parse_map(self) -> exp.Expr | None:
        """Parse ``MAP {key: value}``; ``map(keys, values)`` is a call like others."""
        if self._match(TokenType.L_BRACE, advance=False):
            parsed = self._parse_bracket()
            braces = parsed
            while isinstance(braces, exp.Bracket):
                braces = braces.this
            made = self.expression(exp.ToMap(this=None if braces is None else braces.copy()))
            if braces is None or braces is parsed:
                return made
            braces.replace(made)
            return parsed
        args = self._parse_wrapped_csv(self._parse_assignment)
        return self.expression(exp.Anonymous(this="map", expressions=args))

    def _parse_csv(
        self, parse_method: Callable[[], Any], sep: TokenType = TokenType.COMMA
    ) -> list[Any]:
        """Parse a list; the parser lets a comma pass that nothing follows, or that begins it."""
        items = [parse_method()]
        while self._match(sep):
            comma = self._prev
            items.append(parse_method())
            if items[-1] is None or items[0] is None:
                self.raise_error("a comma stands between two things", comma)
        return items if items != [None] else []

    def _parse_join(self, *args: Any, **kwargs: Any) -> exp.Join | None:
        """Parse a join; the parser lets a comma pass that nothing follows."""
        comma = self._curr
        join = super()._parse_join(*args, **kwargs)
        if join is None and comma is not None and comma is self._prev:
            self.raise_error("something is missing after it", comma)
        return join

    def _parse_unnest(self, *args: Any, **kwargs: Any) -> exp.Unnest | None:
        """Parse UNNEST; the parser makes WITH OFFSET of another dialect look like ours."""
        begun = self._index
        found = super()._parse_unnest(*args, **kwargs)
        for before, token in itertools.pairwise(self._tokens[begun : self._index]):
            if (before.token_type, token.token_type) == (TokenType.WITH, TokenType.OFFSET):
                self.raise_error("WITH OFFSET is not supported, WITH ORDINALITY is", token)
        return found

    def _parse_group(self, skip_group_by_token: bool = False) -> exp.Group | None:
        """Parse GROUP BY; the parser lets one pass that nothing follows."""
        group = super()._parse_group(skip_group_by_token)
        if group is not None and not any(group.args.values()):
            self.raise_error("something is missing after GROUP BY", self._prev)
        return group

    def _parse_cube_or_rollup(
        self,
        with_prefix: bool = False,
    ) -> exp.Cube | exp.Rollup | None:
        """Parse CUBE and ROLLUP of any expressions; the parser takes no comparisons there."""
        kind: type[exp.Cube | exp.Rollup] = exp.Cube
        if with_prefix or not self._match_set((TokenType.CUBE, TokenType.ROLLUP)):
            return super()._parse_cube_or_rollup(with_prefix)
        if self._prev.token_type == TokenType.ROLLUP:
            kind = exp.Rollup
        keys = self._parse_wrapped_csv(self._parse_disjunction)
        return self.expression(kind(expressions=keys))

    def _parse_grouping_set(self) -> exp.Expr | None:
        """Parse one of GROUPING SETS: sets themselves, or any expression."""
        return (
            self._parse_grouping_sets() or self._parse_cube_or_rollup() or self._parse_disjunction()
        )

    def _parse_id_var(
        self, any_token: bool = True, tokens: Collection[TokenType] | None = None
    ) -> exp.Expr | None:
        """Parse a name; in a window, GROUPS before a bound is a frame and not a window's name."""
        if tokens is self.WINDOW_ALIAS_TOKENS and self._curr.text.upper() == "GROUPS":
            following = self._next.token_type if self._next is not None else None
            if following not in ENDS_OF_WINDOW_NAME:
                return None
        return super()._parse_id_var(any_token, tokens)

    @property
    def place(self) -> int:
        """How many tokens were read."""
        return int(self._index)

    def expression(
        self, instance: E, token: Token | None = None, comments: list[str] | None = None
    ) -> E:
        """Keep where the parser was, for nodes that contain nothing with a place of its own."""
        made = super().expression(instance, token, comments)
        if token is None and self._prev is not None:
            made.meta[AT] = self._prev.start
        return made


class LimnographGenerator(PostgresGenerator):
    """Writes expressions as they were, for the names of result columns."""

    MULTI_ARG_DISTINCT = True
    ignorenulls_sql = Generator.ignorenulls_sql
    respectnulls_sql = Generator.respectnulls_sql

    def struct_sql(self, expression: exp.Struct) -> str:
        """Write what stands in braces."""
        items = expression.expressions
        pairs = (f"{self.sql(item.this)}: {self.sql(item.expression)}" for item in items)
        return f"{{{', '.join(pairs)}}}"

    def tomap_sql(self, expression: exp.ToMap) -> str:
        """Write a map."""
        return f"MAP {self.sql(expression.this)}"

    def placeholder_sql(self, expression: exp.Placeholder) -> str:
        """Write a parameter as it was."""
        return f":{expression.name}" if expression.this else "?"


class Limnograph(Postgres):
    """The dialect; indices in brackets are kept as written."""

    INDEX_OFFSET = 0
    NUMBERS_CAN_BE_UNDERSCORE_SEPARATED = True

    class Tokenizer(Postgres.Tokenizer):
        """Cuts every text into words: no word makes the rest of the text one string."""

        COMMANDS: ClassVar[set[TokenType]] = set()
        KEYWORDS: ClassVar[dict[str, TokenType]] = {
            word: kind
            for word, kind in Postgres.Tokenizer.KEYWORDS.items()
            if word not in NO_KEYWORDS
        } | {"FLOAT": TokenType.FLOAT}  # 32 bits as in DataFusion, 64 in Postgres

    Parser = LimnographParser
    Generator = LimnographGenerator


DIALECT = Limnograph()

PARSER_BUGS = (AttributeError, TypeError, ValueError, LookupError)
"""What the parser raises where a text goes wrong in a way that its authors did not think of."""


def parse(source: Source) -> exp.Query | exp.Values:
    """
    Parse one query.

    Raises:
        SyntaxProblem: The text is not SQL.
        Unsupported: It is SQL, and not one query.
        QueryTooLarge: It is over a limit of ``limits.py``.
    """
    return parse_query(source, tokenize(source))


def parse_query(source: Source, tokens: list[Token]) -> exp.Query | exp.Values:
    """Parse the query that *tokens* are; raises as ``parse``."""
    parser = LimnographParser(dialect=DIALECT)
    try:
        trees = parser.parse(tokens, source.sql)
    except ParseError as error:
        raise parse_problem(error) from None
    except RecursionError:
        raise QueryTooLarge("the query is nested too deeply", line=1, column=1) from None
    except PARSER_BUGS:
        place = tokens[min(parser.place, len(tokens) - 1)].start
        raise source.place(SyntaxProblem("the text is not SQL here"), place) from None
    tree = trees[0]
    if not isinstance(tree, exp.Query | exp.Values):
        raise source.unsupported("only queries are supported", tokens[0].start)
    return tree


def tokenize(source: Source) -> list[Token]:
    """Cut the text into tokens; refuse what is too long or too deep before the parser recurses."""
    if len(source.sql) > SQL_CHARS_MAX:
        raise QueryTooLarge(f"the query has more than {SQL_CHARS_MAX} characters (SQL_CHARS_MAX)")
    try:
        tokens = DIALECT.tokenize(source.sql)
    except TokenError:
        raise source.place(
            SyntaxProblem("the text is not SQL: a quote or comment is not closed"),
            last_readable(source.sql),
        ) from None
    if len(tokens) > SQL_WORDS_MAX:
        message = f"the query has more than {SQL_WORDS_MAX} words (SQL_WORDS_MAX)"
        raise source.place(QueryTooLarge(message), tokens[SQL_WORDS_MAX].start)
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    for token, following in itertools.pairwise(tokens):
        if token.token_type == TokenType.SEMICOLON:
            raise source.unsupported("one statement at a time is supported", following.start)
    if not tokens:
        raise SyntaxProblem("the query is empty", line=1, column=1)
    depth = 0
    for token in tokens:
        depth += (token.token_type in OPENING) - (token.token_type in CLOSING)
        if depth > NESTING_MAX:
            raise source.place(
                QueryTooLarge(f"nested more than {NESTING_MAX} deep (NESTING_MAX)"), token.start
            )
    if tokens[0].text.upper() not in DEFINING:  # the SELECT in it is looked at by itself
        refuse_misplaced_words(tokens, source)
    return tokens


def last_readable(sql: str) -> int:
    """Return the offset of the token that cannot be read: the end of what can."""
    low, high = 0, len(sql)
    while low < high:
        middle = (low + high + 1) // 2
        try:
            DIALECT.tokenize(sql[:middle])
            low = middle
        except TokenError:
            high = middle - 1
    return low


def parse_problem(error: ParseError) -> SqlError:
    """Translate a parser error; the parser tells the last column of the token, we the first."""
    if not error.errors:
        return SyntaxProblem(str(error))
    first = error.errors[0]
    description = str(first.get("description") or "the text is not SQL")
    if "missing for <class" in description or "SENTINEL" in description:
        description = "something is missing after it"
    description = INTERNALS.sub("", description)
    shown = str(first.get("highlight") or "")
    line, column = int(first.get("line") or 1), int(first.get("col") or 1)
    text = f'syntax error at "{shown}": {description}' if shown else f"syntax error: {description}"
    width = len(shown.rsplit("\n", maxsplit=1)[-1])
    return SyntaxProblem(text, line=line, column=max(1, column - max(width, 1) + 1))
