"""From a root URI to the store that keeps its objects."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from assets.storage.objects.local import LocalStore
from assets.storage.objects.memory import MemoryStore
from assets.storage.objects.store import ObjectStore


@dataclass(frozen=True, slots=True)
class S3Options:
    """
    How to reach a bucket; what is None comes from the environment as the AWS tools read it.

    Attributes:
        endpoint_url: ``http(s)://host:port`` of an S3-compatible server; None for Amazon's own.
        access_key_id: Name of the key.
        secret_access_key: The key.
        session_token: For temporary credentials.
        region: Region of the bucket.
    """

    endpoint_url: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
    region: str | None = None

    def storage_options(self) -> dict[str, str]:
        """Return the same as the options that deltalake and polars take."""
        named = {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.session_token,
            "AWS_REGION": self.region,
        }
        options = {name: value for name, value in named.items() if value is not None}
        if self.endpoint_url is not None and self.endpoint_url.startswith("http://"):
            options["AWS_ALLOW_HTTP"] = "true"
        return options


def check_root_uri(root_uri: str) -> None:
    """
    Make sure that `open_store` knows what to do with it.

    Raises:
        ValueError: Another scheme, or a part that the scheme needs is missing.
    """
    parts = urlsplit(root_uri)
    is_file = parts.netloc in {"", "localhost"} and parts.path.startswith("/")
    if parts.scheme == "memory" or (parts.scheme == "s3" and parts.netloc):
        return
    if parts.scheme != "file" or not is_file:
        raise ValueError(
            f"root URI {root_uri!r}: expected file:///absolute/path, s3://bucket/prefix or "
            "memory://"
        )


def open_store(root_uri: str, options: S3Options | None = None) -> ObjectStore:
    """
    Return the store at *root_uri*: ``file:///dir``, ``s3://bucket/prefix`` or ``memory://``.

    Every call with ``memory://`` returns a new, empty store.

    Raises:
        ValueError: Another scheme, or a part that the scheme needs is missing.
        StorageUnavailable: The directory cannot be made.
    """
    check_root_uri(root_uri)
    parts = urlsplit(root_uri)
    if parts.scheme == "memory":
        return MemoryStore()
    if parts.scheme == "s3":
        from assets.storage.objects.s3 import S3Store  # s3fs takes 0.5 s to import

        return S3Store(parts.netloc, parts.path.strip("/"), options or S3Options())
    return LocalStore(Path(unquote(parts.path)))
