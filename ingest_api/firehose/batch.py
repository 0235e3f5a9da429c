"""
The records of a delivery, each read by itself: one that is broken does not take others with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain

from assets.errors import LakeError
from ingest_api.errors import OverLimit
from ingest_api.firehose import cloudwatch_logs, metric_streams
from ingest_api.firehose.envelope import Delivery, data_of
from ingest_api.group_commit import Submission
from ingest_api.otlp.split import split
from ingest_api.settings import IngestSettings


class RefusedRecords(LakeError):
    """Records that cannot be stored, of a delivery whose others are stored."""

    code = "refused_records"

    def __init__(self, message: str, http_status: int) -> None:
        super().__init__(message)
        self.http_status = http_status


@dataclass(slots=True)
class Batch:
    """
    What a delivery asks to store.

    Attributes:
        found: What records ask to store, by their process.
        size: Bytes that they hold.
        refused: What is wrong with records that cannot be stored, by their place.
    """

    found: dict[str, list[Submission]] = field(default_factory=dict)
    size: int = 0
    refused: dict[int, LakeError] = field(default_factory=dict)

    def add(self, one: Submission) -> None:
        """Add what a record asks to store."""
        self.found.setdefault(one.process.process_id, []).append(one)

    def submissions(self) -> list[Submission]:
        """Return what is to be stored, one for each process."""
        return [
            Submission(
                several[0].process,
                several[0].streams,
                tuple(chain.from_iterable(one.blocks for one in several)),
                tuple(chain.from_iterable(one.payloads for one in several)),
                sum(one.size for one in several),
            )
            for several in self.found.values()
        ]

    def check(self, records: int) -> None:
        """
        Raise RefusedRecords if there are such; a limit says more than a mistake.

        Firehose gives up at once after 413, which is right when the same would come again.
        """
        if self.refused:
            at, first = min(self.refused.items())
            status = max(error.http_status for error in self.refused.values())
            raise RefusedRecords(
                f"{len(self.refused)} of {records} records are refused; records[{at}]: {first}",
                status,
            )


def read(
    signal: str, delivery: Delivery, common: Mapping[str, str], settings: IngestSettings
) -> Batch:
    """
    Return what a delivery asks to store.

    Raises:
        OverLimit: Its records are too long together; none of them is stored.
    """
    batch = Batch()
    unpacked = 0
    for at, record in enumerate(delivery.records):
        try:
            data = data_of(record)
            if signal == "metrics":
                told, size = metric_streams.as_otlp(data, common), len(data)
            else:
                told, size = cloudwatch_logs.as_otlp(data, common, settings.body_bytes_max)
            found = split(signal, told, settings.payload_bytes_max)
            if found.refused:
                advice = f"{found.refused} of its rows: {found.reason}"
                raise OverLimit("payload_bytes_max", settings.payload_bytes_max, advice)
        except LakeError as exc:
            batch.refused[at] = exc
            continue
        unpacked += max(size, len(told))
        if unpacked > settings.body_bytes_max:
            advice = "records count together; lower the buffer size of the stream"
            raise OverLimit("body_bytes_max", settings.body_bytes_max, advice)
        for submission in found.submissions:
            batch.add(submission)
        batch.size += len(told)
    return batch
