"""
Where SQL means something else here than in DataFusion and in DuckDB: each difference by a name.

docs/sql.md lists them. The lists of expressions that are held against DataFusion
(``tests/fixtures``) name the difference beside each that answers differently.
"""

from collections.abc import Mapping

DATAFUSION: Mapping[str, str] = {
    "exact intervals": (
        "An interval is an exact length: a day is 24 hours, and months and years only move times."
        " Intervals have order, products and quotients (`INTERVAL '1 hour' / 2`), and are sent as"
        " durations."
    ),
    "UTC": (
        "A timestamp is a moment in UTC: its text ends in `Z`, and"
        " `TIMESTAMP '...Z' AT TIME ZONE 'Europe/Berlin'` is that moment. CAST of a whole number of"
        " any width to TIMESTAMP counts seconds; of a fraction it is refused."
    ),
    "end of time": (
        "Before 1677 and after 2262 there are no timestamps: a constant that is moved there, and a"
        " column that is moved by 50 years or more, end the query as there; what else leads there"
        " (a shorter move, a difference) wraps around; there it fails."
    ),
    "digits of a second": "`TIMESTAMP(3)` cuts to milliseconds and is sent as nanoseconds.",
    "text of times": (
        "Text of a timestamp needs no seconds (`'2020-01-01T10:00'`), has at most nine digits after"
        " the point and no name of a zone; that of a date has its dashes."
    ),
    "plain types": (
        "`arrow_cast` to a dictionary, a large, view or fixed-size form, `Float16`, or a coarser"
        " timestamp is the plain type that holds the same values."
    ),
    "floats beside DECIMAL": (
        "DECIMAL beside a float is DOUBLE: DECIMAL(30, 15) cannot hold large values and NaN. The"
        " last digits of a remainder (`%`) of floats may differ."
    ),
    "forms of DECIMAL": (
        "DECIMAL has at most 38 digits and no negative scale. Its text may have an exponent"
        " (`'1e2'`). A timestamp is no DECIMAL."
    ),
    "guards": (
        "AND and OR guard what stands behind them: `x <> 0 AND 1 / x > 0` never divides by zero."
    ),
    "constants at once": (
        "Constants are computed when the query is planned, also in a branch that no row reaches:"
        " `coalesce(x, 1 / 0)` is refused."
    ),
    "least numbers": (
        "`abs` and `-` of the least whole number wrap around, as `+` does in both; there they fail."
    ),
    "numbers as written": (
        "`1_000` is a thousand. A number beyond DOUBLE (`1e400`) is refused, there it is infinite."
    ),
    "bits": "`#` is exclusive or and `~` complements; bit operators take whole numbers only.",
    "BETWEEN SYMMETRIC": "`BETWEEN SYMMETRIC` and `LIKE ... ESCAPE` with any character are there.",
    "SIMILAR TO": (
        "`SIMILAR TO` is the standard's, of the whole text; there it is a regular expression of a"
        " part."
    ),
    "names of types": "`VARBINARY`, `BLOB` and `DATETIME` are names of types.",
    "no cast": (
        "Whole numbers are not cast to BYTEA, nor a TIME to BIGINT; a DATE is not compared with a"
        " number. Write what is meant, as in `date '1970-01-01' + 18262`."
    ),
    "text of booleans": "`'true' = TRUE` compares two booleans.",
    "slices": (
        "A slice of an array may leave out either end (`a[2:]`); it has no step (`a[1:3:2]`), and"
        " arrays have no order."
    ),
    "untyped NULL": (
        "An expression of nothing but NULLs has a type: `max(NULL)` is TEXT, `-NULL`, `sum(NULL)`"
        " BIGINT, `NULL || NULL` TEXT."
    ),
    "exact": "`approx_median`, `approx_percentile_cont` and `approx_distinct` are exact.",
    "exact share": "`percentile_cont` takes its share as it is; there it has six digits.",
    "IGNORE NULLS": "IGNORE NULLS needs OVER; write `FILTER (WHERE x IS NOT NULL)` elsewhere.",
    "string_agg": "The separator of `string_agg` is a text, not NULL.",
    "NULL array": "A NULL array beside others in `array_concat` counts as empty, constants too.",
    "array_length": "`array_length(a, 2)` of arrays in arrays is answered; there it panics.",
    "array_position": "`array_position` finds nothing when it begins beyond the end.",
    "text of floats": "`array_to_string` writes floats as CAST does.",
    "array_has": "`array_has` looks at the elements only, also of an array written out.",
    "more names": "`ceiling` and `mod` are there beside `ceil` and `%`.",
    "power": "Zero to a negative power is Infinity, not an error.",
    "sqrt": "`sqrt` below zero is NaN, not an error.",
    "round": "`round` of small integers is BIGINT.",
    "place of a group": "`regexp_instr` does not find the place of a group.",
    "regexp flags": "`regexp_like` with NULL for its flags is NULL.",
    "blake3": "`digest` has no blake3.",
    "date_bin": "`date_bin` refuses a width below zero.",
    "fields of intervals": "`date_part` of an interval has no field but `epoch`.",
    "months": "`date_part('epoch', INTERVAL '1 month')` is refused: a month has no length.",
    "fractions of epochs": "`date_part('epoch', interval)` keeps fractions of a second.",
    "make_date": "`make_date` takes numbers; text needs CAST.",
    "range of times": "`from_unixtime` of a moment before 1677 or after 2262 is an error.",
    "to_timestamp": "`to_timestamp` of a DATE is its midnight.",
}
"""What is so here, by the name that fixtures give."""

DUCKDB: Mapping[str, str] = {
    "whole division": "`/` of whole numbers cuts; DuckDB writes that as `//`.",
    "division by zero": "A whole number by zero ends the query; there `/` is infinite.",
    "order of NULLs": "NULLs sort last ascending and first descending; there always last.",
    "values out of range": "Whole numbers of 64 bits wrap around; there the query ends.",
    "cast of fractions": "CAST of a fraction to a whole number cuts; there it rounds.",
    "literals with a point": "`1.5` is DOUBLE; there it is DECIMAL.",
    "quotients and averages of decimals": ("`/` and `avg` of DECIMAL are DECIMAL; there DOUBLE."),
    "medians of decimals": "`median` of DECIMAL is DOUBLE; there DECIMAL.",
    "dates beside intervals": "A DATE and an INTERVAL make a DATE; there a TIMESTAMP.",
    "text of floats": "The text of large and small floats is written in another way.",
    "correlations of what does not vary": "`corr` of what does not vary is NULL; there NaN.",
    "rounded REAL": "`round` of REAL is DOUBLE; there REAL.",
    "decimals beside REAL": "DECIMAL beside REAL is DOUBLE; there REAL.",
    "an empty text searched, split": (
        "`string_to_array('', ',')` is an empty array; there it has one text."
    ),
    "LIKE without ESCAPE": "A backslash in a pattern of LIKE escapes without ESCAPE; there not.",
    "x = ANY (a NULL array)": "`x = ANY` of a NULL array is NULL; there false.",
    "order of arrays": "Arrays have no order; there they have.",
    "levenshtein": "`levenshtein` counts characters; there bytes.",
    "rows": (
        "Rows compare as the standard says: `(1, NULL) = (1, 2)` is NULL; there they are structs,"
        " whose NULL members are values."
    ),
}
"""What is so here, by the name that the comparison with DuckDB gives."""
