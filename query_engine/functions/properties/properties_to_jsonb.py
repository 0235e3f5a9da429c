"""properties_to_jsonb(properties): the properties as a JSON object."""

from query_engine.functions.function import Example, Kind, Parameter, ScalarFunction
from query_engine.functions.json.documents import DOCUMENT, documents

PROPERTIES_TO_JSONB = ScalarFunction(
    name="properties_to_jsonb",
    group="Properties",
    parameters=(Parameter("properties", Kind.JSON),),
    returns=DOCUMENT,
    build=documents,
    doc="The properties as a JSON object of texts; JSON stays what it is.",
    examples=(
        Example(
            "SELECT jsonb_format_json(properties_to_jsonb(property_map('route', '/pay')))",
            """{"route":"/pay"}""",
        ),
    ),
)
