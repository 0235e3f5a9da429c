"""
Objects in a bucket, through s3fs.

Rule: an object is created by one PutObject request with ``If-None-Match: *``. A request that is
repeated after its answer got lost finds its own object; the put's mark tells it from another's.
"""

import contextlib
import time
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

import s3fs
from botocore.exceptions import BotoCoreError

from assets.errors import ObjectExists, ObjectMissing, StorageUnavailable
from assets.storage.objects.limits import (
    ATTEMPTS,
    CONCURRENT_READS,
    CONFLICT_ATTEMPTS,
    CONNECT_TIMEOUT_S,
    DELETE_BATCH,
    LIST_PAGE,
    READ_TIMEOUT_S,
    SILENT_ATTEMPTS,
)
from assets.storage.objects.opening import S3Options
from assets.storage.objects.ranges import coalesce, cut
from assets.storage.objects.store import ObjectInfo, checked_data, checked_key

_MARK = "limnograph-put"


class S3Store:
    """An object store in a bucket, below a prefix that may be empty."""

    def __init__(self, bucket: str, prefix: str, options: S3Options) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._fs = s3fs.S3FileSystem(
            key=options.access_key_id,
            secret=options.secret_access_key,
            token=options.session_token,
            endpoint_url=options.endpoint_url,
            client_kwargs={"region_name": options.region} if options.region else {},
            config_kwargs={
                "connect_timeout": CONNECT_TIMEOUT_S,
                "read_timeout": READ_TIMEOUT_S,
                "retries": {"total_max_attempts": ATTEMPTS, "mode": "standard"},
                "max_pool_connections": 2 * CONCURRENT_READS,
            },
            use_listings_cache=False,
            skip_instance_cache=True,
        )
        self._fs.retries = SILENT_ATTEMPTS

    def put_new(self, key: str, data: bytes) -> None:
        """Create an object."""
        name = self._name(key)
        mark = str(uuid4())
        for attempt in range(CONFLICT_ATTEMPTS):
            try:
                self._call(
                    "put_object",
                    Key=name,
                    Body=checked_data(key, data),
                    Metadata={_MARK: mark},
                    IfNoneMatch="*",
                )
            except (OSError, BotoCoreError) as exc:
                if _status(exc) == 412:
                    if self._is_ours(name, mark):
                        return
                    raise ObjectExists(f"object {key} exists already") from exc
                if _status(exc) != 409:
                    raise self._unavailable(key, exc) from exc
                time.sleep(0.05 * 2**attempt)
            else:
                return
        raise StorageUnavailable(f"object {key}: other puts of this key never finished")

    def get(self, key: str) -> bytes:
        """Return a whole object."""
        with self._storage_errors(key):
            # One plain request; more than one at once would first ask for the size.
            whole: bytes = self._fs.cat_file(self._path(key), max_concurrency=1)
            return whole

    def get_ranges(self, key: str, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """Return the bytes of each (offset, length); near ones share a request."""
        spans = coalesce(ranges)
        with self._storage_errors(key):
            reads = self._fs.cat_ranges(
                [self._path(key)] * len(spans),
                [span.start for span in spans],
                [span.end for span in spans],
                batch_size=CONCURRENT_READS,
                on_error="raise",
            )
        answers = cut(ranges, spans, reads)
        if answers is None:
            raise ObjectMissing(f"object {key} ends before a range read of it")
        return answers

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Yield the objects whose key starts with *prefix*."""
        page: dict[str, Any] = {}
        while True:
            with self._storage_errors(prefix):
                answer = self._call(
                    "list_objects_v2", Prefix=self._prefix + prefix, MaxKeys=LIST_PAGE, **page
                )
            for entry in answer.get("Contents", ()):
                yield ObjectInfo(entry["Key"].removeprefix(self._prefix), entry["Size"])
            if not answer.get("IsTruncated"):
                return
            page = {"ContinuationToken": answer["NextContinuationToken"]}

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects."""
        names = [self._name(key) for key in keys]
        for start in range(0, len(names), DELETE_BATCH):
            batch = [{"Key": name} for name in names[start : start + DELETE_BATCH]]
            with self._storage_errors(f"{len(batch)} keys"):
                answer = self._call("delete_objects", Delete={"Objects": batch, "Quiet": True})
            if answer.get("Errors"):
                first = answer["Errors"][0]
                raise StorageUnavailable(
                    f"bucket {self._bucket} did not delete {len(answer['Errors'])} objects,"
                    f" first {first.get('Key')}: {first.get('Code')}"
                )

    def _is_ours(self, name: str, mark: str) -> bool:
        with self._storage_errors(name):
            try:
                head = self._call("head_object", Key=name)
            except FileNotFoundError:
                return False
        return bool(head.get("Metadata", {}).get(_MARK) == mark)

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._fs.call_s3(operation, Bucket=self._bucket, **arguments)
        return answer

    def _name(self, key: str) -> str:
        return self._prefix + checked_key(key)

    def _path(self, key: str) -> str:
        return f"{self._bucket}/{self._name(key)}"

    @contextlib.contextmanager
    def _storage_errors(self, key: str) -> Iterator[None]:
        try:
            yield
        except (OSError, BotoCoreError) as exc:
            if isinstance(exc, FileNotFoundError) and not self._lacks_bucket(exc):
                raise ObjectMissing(f"object {key} is not in the store") from exc
            if _status(exc) == 416:
                raise ObjectMissing(f"object {key} ends before a range read of it") from exc
            raise self._unavailable(key, exc) from exc

    @staticmethod
    def _lacks_bucket(exc: BaseException) -> bool:
        response = getattr(exc.__cause__, "response", None) or {}
        return bool(response.get("Error", {}).get("Code") == "NoSuchBucket")

    def _unavailable(self, key: str, exc: Exception) -> StorageUnavailable:
        return StorageUnavailable(f"bucket {self._bucket}, {key}: {exc or type(exc).__name__}")


def _status(exc: BaseException) -> int | None:
    """Return the HTTP status of the answer that an error of s3fs came from."""
    response = getattr(exc.__cause__, "response", None) or {}
    status: int | None = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status
