"""JSON paths: what each step and each condition selects, and what is refused."""

import pytest

from query_engine.functions.function import BadValue
from query_engine.functions.jsonpath import InvalidPath, parse_path, select
from query_engine.functions.jsonpath.limits import ITEMS_MAX, PATH_CHARS_MAX, PATH_DEPTH_MAX
from query_engine.sql.errors import SqlError
from tests.query_engine.functions.answers import answer

BOOKS = {
    "book": [
        {"title": "Sayings", "price": 8.95, "kind": "reference", "tags": ["a", "b"]},
        {"title": "Sword", "price": 12.99, "kind": "fiction", "tags": []},
        {"title": "Moby", "price": 8.99, "kind": "fiction"},
    ],
    "bicycle": {"color": "red", "price": 19.95},
    "odd name": {"thread-id": 7},
    "limit": 10,
    "nothing": None,
}

PATHS = [
    ("$.limit", [10]),
    ("", [BOOKS]),
    ("$", [BOOKS]),
    ("$.bicycle.*", ["red", 19.95]),
    ("$.book.title", []),
    ("$.book[*].title", ["Sayings", "Sword", "Moby"]),
    ("$.bicycle[*].color", ["red"]),
    ("$.limit[*]", [10]),
    ("$.limit[0]", []),
    ("$.limit.x", []),
    ("$.book[1].title", ["Sword"]),
    ("$.book[last].title", ["Moby"]),
    ("$.book[last - 1].title", ["Sword"]),
    ("$.book[last + 1].title", []),
    ("$.book[0, 2].title", ["Sayings", "Moby"]),
    ("$.book[0, 1 to last].title", ["Sayings", "Sword", "Moby"]),
    ("$.book[-1].title", []),
    ("$.book[7].title", []),
    ("$.book[2 to 1].title", []),
    ('$."odd name"."thread-id"', [7]),
    ('$["odd name"]["thread-id"]', [7]),
    ("$.bicycle:color", ["red"]),
    ("bicycle.color", ["red"]),
    ('bicycle["color"]', ["red"]),
    ("book[0].title", ["Sayings"]),
    (" $ . limit ", [10]),
    ("$.nothing", [None]),
    ("$.missing", []),
    ("$.bicycle.**", [{"color": "red", "price": 19.95}, "red", 19.95]),
    ("$.bicycle.**{1}", ["red", 19.95]),
    ("$.book.**{2}.title", []),
    ("$.book[0].tags.**{0 to 1}", [["a", "b"], "a", "b"]),
    ("$.**{last} ? (@ == 19.95)", [19.95]),
    ("$.**.price", [8.95, 12.99, 8.99, 19.95]),
    ("$.**{2 to last}.title", ["Sayings", "Sword", "Moby"]),
]

FILTERS = [
    ("@.price > 10", ["Sword"]),
    ("@.price >= 8.99", ["Sword", "Moby"]),
    ("@.price < $.limit", ["Sayings", "Moby"]),
    ("@.price <= 8.95", ["Sayings"]),
    ('@.kind == "fiction"', ["Sword", "Moby"]),
    ('@.kind != "fiction"', ["Sayings"]),
    ('@.kind <> "fiction"', ["Sayings"]),
    ('@.price > 5 && @.kind == "reference"', ["Sayings"]),
    ('@.price > 12 || @.kind == "reference"', ["Sayings", "Sword"]),
    ('@.price > 5 && (@.kind == "reference" || @.title == "Moby")', ["Sayings", "Moby"]),
    ('!(@.kind == "fiction")', ["Sayings"]),
    ("exists(@.tags)", ["Sayings", "Sword"]),
    ("exists(@.tags[*])", ["Sayings"]),
    ('exists(@.tags[*] ? (@ == "b"))', ["Sayings"]),
    ('@.title starts with "S"', ["Sayings", "Sword"]),
    ('@.title like_regex "^.o"', ["Moby"]),
    ('@.title like_regex "^s" flag "i"', ["Sayings", "Sword"]),
    ("@.price * 2 > 25", ["Sword"]),
    ("@.price - 8 < 1 && @.price % 2 < 1", ["Sayings", "Moby"]),
    ('@.tags == "b"', ["Sayings"]),
    ("@.missing == null", []),
    ('@.price != "8.95"', ["Sayings", "Sword", "Moby"]),
    ('@.price == "8.95"', []),
    ("@ == 1", []),
    ("@.title + 1 == 2", []),
]


@pytest.mark.parametrize(("path", "found"), PATHS, ids=[path for path, _ in PATHS])
def test_steps_select(path: str, found: list[object]) -> None:
    """
    Only objects have members and only arrays places; [*] takes anything else as it is.
    """
    assert select(parse_path(path), BOOKS) == found


@pytest.mark.parametrize(("condition", "found"), FILTERS, ids=[text for text, _ in FILTERS])
def test_filters_keep_what_the_condition_is_true_of(condition: str, found: list[str]) -> None:
    """
    Any pair of values is enough, arrays count element by element, unknown is not true.
    """
    assert select(parse_path(f"$.book[*] ? ({condition}).title"), BOOKS) == found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.limit > 5", [True]),
        ("$.limit + 1", [11]),
        ("$.limit / 4", [2.5]),
        ("-$.limit", [-10]),
        ("2 * ($.limit + 1)", [22]),
        ("-7 % 3", [-1]),
        ("9223372036854775807 * 4", [9223372036854775807.0 * 4]),
        ("exists($.limit)", [True]),
        ("$.bicycle == 1", [None]),
        ("$.bicycle == 1 || $.limit == 10", [None]),
        ("$.book[*].price > 12", [True]),
        ("null == $.nothing", [True]),
    ],
)
def test_a_condition_or_a_computation_is_one_value(path: str, found: list[object]) -> None:
    """
    A path may be a question of its own; null when the answer is unknown, which either side of a
    logical operator makes it.
    """
    assert select(parse_path(f"({path})"), BOOKS) == found


@pytest.mark.parametrize(
    "path",
    [
        "$.[", "$X", "$.", "$.prop.", "$..", "$.foo bar", "$[0, 1, 2 4]", "$['1']", "@ > 10",
        "$[invalid", "$[?(@.a == 1)]", "$ ? (@.a)", "$ ? (1)", "$ && $", "1", '"a"',
        "$.a ? (@ == 1",
        '$ ? (@ like_regex "(")', "$ like_regex x", "$.**{x}", "$[last -]", "exists(1)", '$."\\x"',
    ],
)  # fmt: skip
def test_what_is_no_path_is_refused_with_its_place(path: str) -> None:
    """
    The message counts characters, so that the mistake is found.
    """
    with pytest.raises(InvalidPath, match=r"at character \d+"):
        parse_path(path)


def test_a_wrong_path_is_an_error_of_the_query_before_it_runs() -> None:
    """
    A constant path is read when the query is planned; the error has its place in the SQL text.
    """
    with pytest.raises(SqlError, match=r"no JSON path.*line 1, column 48"):
        answer("SELECT jsonb_path_query(jsonb_parse('[1]')   , '$[')")


def test_computing_with_what_is_no_number_ends_the_query() -> None:
    """
    Outside of a filter there is no row to leave out.
    """
    for path in ("$.bicycle + 1", "$.book[*].price + 1", "1 / 0"):
        with pytest.raises(BadValue, match="no single number"):
            select(parse_path(path), BOOKS)


def test_paths_have_limits() -> None:
    """
    PATH_CHARS_MAX and PATH_DEPTH_MAX end as invalid paths, ITEMS_MAX as an error of the query.
    """
    with pytest.raises(InvalidPath, match=str(PATH_CHARS_MAX)):
        parse_path("$." + "a" * PATH_CHARS_MAX)
    nested = "(" * (PATH_DEPTH_MAX + 1) + "1" + ")" * (PATH_DEPTH_MAX + 1)
    with pytest.raises(InvalidPath, match=str(PATH_DEPTH_MAX)):
        parse_path(f"$.a == {nested}")
    wide = [[[0] * 100] * 100] * 100
    with pytest.raises(BadValue, match=str(ITEMS_MAX)):
        select(parse_path("$.**.**"), wide)
