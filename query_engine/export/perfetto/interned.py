"""Names, categories and places in the source: told once, then referred to by numbers."""

from dataclasses import dataclass, field

from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as proto

from query_engine.export.parts import Place
from query_engine.export.perfetto.packets import packet


@dataclass(slots=True)
class Interned:
    """What was told so far, and what has to be told before the next events."""

    _names: dict[str, int] = field(default_factory=dict)
    _categories: dict[str, int] = field(default_factory=dict)
    _places: dict[Place, int] = field(default_factory=dict)
    _untold: proto.TracePacket | None = None

    def name(self, text: str) -> int:
        """Return the number of an event's name."""
        number = self._names.get(text)
        if number is None:
            number = self._names[text] = len(self._names) + 1
            self._data().event_names.add(iid=number, name=text)
        return number

    def category(self, text: str) -> int:
        """Return the number of a category."""
        number = self._categories.get(text)
        if number is None:
            number = self._categories[text] = len(self._categories) + 1
            self._data().event_categories.add(iid=number, name=text)
        return number

    def place(self, place: Place) -> int:
        """Return the number of a place in the source."""
        number = self._places.get(place)
        if number is None:
            number = self._places[place] = len(self._places) + 1
            self._data().source_locations.add(
                iid=number,
                file_name=place.file,
                function_name=place.function,
                line_number=place.line,
            )
        return number

    def untold(self) -> list[proto.TracePacket]:
        """Return the packet that tells what is new, if anything is."""
        told, self._untold = self._untold, None
        return [] if told is None else [told]

    def _data(self) -> proto.InternedData:
        if self._untold is None:
            self._untold = packet()
        return self._untold.interned_data
