"""
Writes what a fuzzer begins with: messages of every signal and the JSON of them, and its words.

``python fuzz_seeds.py FOLDER`` makes a folder of inputs for each door, and ``json.dict``.
"""

import sys
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assets.otlp_wire.json_schema import ENUMS, MESSAGES
from tests.assets.decode.otlp.messages import MESSAGES as STRATEGIES
from tests.assets.otlp_wire.json_bodies import REQUESTS, json_of
from tests.assets.prometheus_wire.messages import REQUESTS as WRITES

EXAMPLES = 60
WORDS = ("null", "true", "false", "NaN", "-Infinity", "1e5", "\\\\u0041", "\\\\ud83d\\\\ude00")


def messages(strategy: st.SearchStrategy) -> list:
    """Return some messages, the same every time."""
    found: list = []

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def collect(message) -> None:
        found.append(message)

    collect()
    return found


def write(folder: Path, inputs: list[bytes]) -> None:
    """Write inputs into a folder of their own."""
    folder.mkdir(parents=True)
    for number, each in enumerate(inputs):
        (folder / f"{number}").write_bytes(each)


def main() -> None:
    """Write everything."""
    root = Path(sys.argv[1])
    found = {reading: messages(strategy) for reading, strategy in STRATEGIES.items()}
    found |= {f"remote-write-{1 + second}": messages(each) for second, each in WRITES.items()}
    for door, each in found.items():
        write(root / door, [message.SerializeToString() for message in each])
    for signal, (request, member, reading) in REQUESTS.items():
        bodies = [json_of(request(**{member: [message]})) for message in found[reading]]
        write(root / f"json-{signal}", bodies)
    names = {f'\\"{name}\\"' for members in MESSAGES.values() for name in members}
    names |= {f'\\"{name}\\"' for each in ENUMS.values() for name in each}
    lines = [f'"{word}"' for word in sorted({*names, *WORDS})]
    (root / "json.dict").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
