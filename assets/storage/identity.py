"""Which lake this is: so that two programs that work on one for each other know that they do."""

import json
from dataclasses import dataclass

from assets.errors import LakeError, ObjectMissing
from assets.storage.lake import Lake
from assets.storage.layout import epoch_key


class OtherLake(LakeError):
    """Database and object store, or two programs' settings, do not belong to one lake."""

    code = "other_lake"


@dataclass(frozen=True, slots=True)
class LakeIdentity:
    """
    A lake, in one life of its metadata.

    Attributes:
        lake_id: Given to it when it was made; a copy of it has the same.
        epoch: Which life: a copy that is written to has another.
        system_identifier: Of the Postgres cluster.
    """

    lake_id: str
    epoch: int
    system_identifier: int


def identity_of(lake: Lake) -> LakeIdentity:
    """Return which lake the database says this is."""
    with lake.connection() as conn:
        row = conn.execute("SELECT lake_id::text, epoch, system_identifier FROM lake").fetchone()
    assert row is not None, "the lake's row is made by migrate()"
    return LakeIdentity(*row)


def check_store(lake: Lake, identity: LakeIdentity) -> None:
    """
    Check that the object store is that lake's too: each epoch is claimed there, by lake.

    Raises:
        OtherLake: It is another lake's, or nobody's.
        StorageUnavailable: It does not answer.
    """
    try:
        claimed = json.loads(lake.objects.get(epoch_key(identity.epoch)))["lake_id"]
    except ObjectMissing:
        claimed = "nobody"
    if claimed != identity.lake_id:
        raise OtherLake(
            f"the object store at {lake.root_uri} is {claimed}'s, the database is lake "
            f"{identity.lake_id}'s: LIMNO_ROOT_URI and LIMNO_DATABASE_URL do not fit"
        )
