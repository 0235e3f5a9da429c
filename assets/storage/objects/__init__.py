"""Write-once objects in a bucket, in local files or in memory, behind one small protocol."""

from assets.storage.objects.opening import S3Options, open_store
from assets.storage.objects.probe import probe
from assets.storage.objects.store import ObjectInfo, ObjectStore

__all__ = ["ObjectInfo", "ObjectStore", "S3Options", "open_store", "probe"]
