"""
Whose a submission is: stamped from the credential it came with, never from what it says.

Ids that are made of contents are scoped by the audience, or two audiences that send the same would
be one process, and whoever sends later would be refused. The default one keeps the ids as they are.
"""

import hashlib
from dataclasses import replace
from uuid import UUID

from assets.storage.metadata.audiences import DEFAULT_AUDIENCE
from auth.principal import Principal
from ingest_api.group_commit import Submission

_NS_AUDIENCE = UUID("6f1a1f0e-0d5c-4e0f-9f5b-6f2f4b7b7a11")


def audience_of(sender: Principal) -> str:
    """Return whose it is what *sender* sends."""
    return sender.write_audience or DEFAULT_AUDIENCE


def stamped(submission: Submission, sender: Principal) -> Submission:
    """Return the submission as one of the audience of *sender*."""
    return replace(submission, process=replace(submission.process, audience=audience_of(sender)))


def scoped(submission: Submission, sender: Principal) -> Submission:
    """Do the same to one whose ids were made of its contents, and scope them."""
    audience = audience_of(sender)
    if audience == DEFAULT_AUDIENCE:
        return stamped(submission, sender)
    ids = _Ids(audience)
    process_id = ids.of(submission.process.process_id)
    return replace(
        submission,
        process=replace(submission.process, process_id=process_id, audience=audience),
        streams=tuple(
            replace(one, stream_id=ids.of(one.stream_id), process_id=process_id)
            for one in submission.streams
        ),
        blocks=tuple(
            replace(
                one,
                block_id=ids.of(one.block_id),
                stream_id=ids.of(one.stream_id),
                process_id=process_id,
            )
            for one in submission.blocks
        ),
    )


class _Ids:
    """The ids of an audience."""

    def __init__(self, audience: str) -> None:
        self._prefix = _NS_AUDIENCE.bytes + audience.encode() + b"\x1f"

    def of(self, id_: str) -> str:
        """Return what an id is within the audience: a UUID of version 5."""
        digest = hashlib.sha1(self._prefix + id_.encode(), usedforsecurity=False).digest()
        return str(UUID(bytes=digest[:16], version=5))
