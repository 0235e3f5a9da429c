"""assets.storage.metadata.commit: a batch is stored once, whatever arrives twice or too early."""

from assets.storage.metadata.blocks import process_infos, stream_infos, tail_blocks


def test_a_committed_block_is_visible_with_its_stream_and_process(metadata, new_sender) -> None:
    """
    What was acknowledged is in the tail at once, with everything needed to decode it.
    """
    sender = new_sender()
    block = sender.block()
    assert metadata.send(sender, block) == {block.block_id}
    (ref,) = tail_blocks(metadata.reader, "log", {})
    assert (ref.block_id, ref.process_id, ref.stream_id) == (
        block.block_id,
        sender.process_id,
        sender.stream_id,
    )
    assert (ref.format, ref.tags, ref.payload_offset) == ("limnograph/v1", ("log",), 8)
    assert ref.position > 0
    info = process_infos(metadata.reader, [sender.process_id])[sender.process_id]
    assert (info.exe, info.properties) == ("shop", {"env": "test"})
    stream = stream_infos(metadata.reader, [sender.stream_id])[sender.stream_id]
    assert (stream.tags, stream.properties) == (["log"], {"thread-name": "main"})


def test_a_repeated_block_changes_nothing(metadata, new_sender) -> None:
    """
    Clients send again when an answer is lost; the first arrival stays.
    """
    sender = new_sender()
    block = sender.block()
    metadata.send(sender, block)
    before = tail_blocks(metadata.reader, "log", {})
    assert metadata.send(sender, block, block) == frozenset()
    assert tail_blocks(metadata.reader, "log", {}) == before


def test_a_block_twice_in_one_batch_is_stored_once(metadata, new_sender) -> None:
    """
    Two requests of one group commit may carry the same block.
    """
    sender = new_sender()
    block = sender.block()
    assert metadata.send(sender, block, block) == {block.block_id}
    assert len(tail_blocks(metadata.reader, "log", {})) == 1


def test_a_process_can_register_without_blocks(metadata, new_sender) -> None:
    """
    A sender makes itself known before it has anything to say.
    """
    sender = new_sender()
    assert metadata.commit([sender.process()]) == frozenset()
    assert sender.process_id in process_infos(metadata.reader, [sender.process_id])
