"""A process that materializes, rebuilds and compacts all the time, until somebody kills it."""

import itertools
import random
import time

from assets.storage.settings import LakeSettings
from benchmarks.soak.maintenance import VIEWS_TO_MAINTAIN, maintenance_of

PAUSE_S = 0.05


def main() -> None:
    """Work on the lake that the LIMNO_* variables name."""
    settings = LakeSettings()  # type: ignore[call-arg]
    with maintenance_of(settings) as maintenance:
        works = [maintenance.increment] * 6 + [maintenance.rebuild, maintenance.compact]
        for view in itertools.cycle(VIEWS_TO_MAINTAIN):
            random.choice(works)(view)
            time.sleep(PAUSE_S)


if __name__ == "__main__":
    main()
