"""jsonb_parse(text): the JSON value of a text, NULL if the text is no JSON."""

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction
from query_engine.functions.json.documents import DOCUMENT, parsed
from query_engine.functions.rowwise import rowwise

JSONB_PARSE = ScalarFunction(
    name="jsonb_parse",
    group="JSON",
    parameters=(Parameter("text", Kind.TEXT),),
    returns=DOCUMENT,
    build=lambda text: rowwise(parsed, [text], DOCUMENT),
    doc=(
        "The JSON value of a text; NULL if the text is no JSON. Equal values are equal bytes: "
        "keys are sorted, of a repeated key the last counts."
    ),
    examples=(
        Example(
            """SELECT jsonb_format_json(jsonb_parse('{"b": 1, "a": [1.50]}'))""",
            """{"a":[1.5],"b":1}""",
        ),
        Example("SELECT jsonb_parse('{') IS NULL", "true"),
    ),
)
