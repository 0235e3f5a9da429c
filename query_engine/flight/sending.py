"""The batches of DoGet on their way: errors become Flight errors, and at the end all is let go."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.flight as fl

from query_engine.flight.dictionaries import has_dictionaries
from query_engine.flight.live_call import LiveCall
from query_engine.flight.request import Rows


class Sending(Iterator[pa.RecordBatch | fl.RecordBatchStream]):
    """
    Iterates *rows* within *call*.

    A batch with dictionaries goes as a stream of its own: pyarrow sends none with bare batches.

    Not a generator: one that was never started would not run its end, and pyarrow drops the stream
    of a client that left before the first batch.
    """

    def __init__(self, rows: Rows, call: LiveCall) -> None:
        self._rows, self._call = rows, call
        self._wraps = has_dictionaries(rows.schema)

    def __next__(self) -> pa.RecordBatch | fl.RecordBatchStream:
        """Return the next batch; raises what the client is to see."""
        try:
            batch = next(self._rows.batches)
            return fl.RecordBatchStream(pa.Table.from_batches([batch])) if self._wraps else batch
        except StopIteration:
            self.close()
            raise
        except Exception as error:
            # A variable for what is raised would make a circle of it and this frame: what the
            # query holds would be free only at the next garbage collection.
            try:
                raise self._call.failed(error) from None
            finally:
                self.close()

    def close(self) -> None:
        """End the call; harmless to repeat."""
        self._call.end()
        self._rows.close()

    def __del__(self) -> None:
        """End what the client has left."""
        self.close()
