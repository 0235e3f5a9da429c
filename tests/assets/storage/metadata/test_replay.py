"""assets.storage.metadata.replay: block ids are remembered for the replay window, not longer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from assets.storage.metadata import replay
from assets.storage.metadata.limits import REPLAY_WINDOW
from assets.storage.metadata.replay import forget_old_keys


def age_keys(metadata, age: timedelta) -> None:
    metadata.reader.execute("UPDATE block_keys SET insert_time = insert_time - %s", (age,))


def test_an_id_is_known_within_the_window_and_forgotten_after(metadata, new_sender) -> None:
    """
    Seven days, longer than any client keeps what it could not send.
    """
    sender = new_sender()
    metadata.send(sender, sender.block())
    age_keys(metadata, REPLAY_WINDOW - timedelta(minutes=1))
    assert metadata.run(forget_old_keys) == 0
    age_keys(metadata, timedelta(minutes=1))
    assert metadata.run(forget_old_keys) == 1


def test_one_call_forgets_a_bounded_number(metadata, new_sender, monkeypatch) -> None:
    """
    A transaction stays short; the rest goes with the next calls, from several receivers at once.
    """
    monkeypatch.setattr(replay, "KEYS_FORGOTTEN_PER_CALL_MAX", 10)
    sender = new_sender()
    metadata.send(sender, *(sender.block() for _ in range(45)))
    age_keys(metadata, REPLAY_WINDOW)
    with ThreadPoolExecutor(3) as threads:
        forgotten = list(threads.map(lambda _: metadata.run(forget_old_keys), range(3)))
    assert max(forgotten) <= 10
    while count := metadata.run(forget_old_keys):
        forgotten.append(count)
    assert sum(forgotten) == 45
