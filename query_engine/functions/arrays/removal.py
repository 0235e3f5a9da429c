"""Arrays without elements, and with others in their place; shared by the functions that do it."""

from query_engine.functions.arrays.items import same


def removed(array: list[object], element: object, most: int) -> list[object]:
    """Return the array without the first *most* elements that are equal to *element*."""
    kept = []
    for item in array:
        if most > 0 and same(item, element):
            most -= 1
        else:
            kept.append(item)
    return kept


def replaced(
    array: list[object] | None, element: object, by: object, most: int | None
) -> list[object] | None:
    """Return the array with the first *most* elements that are *element* (NULL too) replaced."""
    if array is None or most is None:
        return None
    made = []
    for item in array:
        if most > 0 and same(item, element):
            most -= 1
            made.append(by)
        else:
            made.append(item)
    return made
