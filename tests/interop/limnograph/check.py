"""
Our own client and command with nothing installed but what their extras name.

The development environment has everything, so only here is a missing dependency noticed. What the
client can do is tested in tests/sdk and, as its page says it, in tests/app.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3] / "sdk" / "src"
sys.path.insert(0, str(SOURCE))

import limnograph  # noqa: E402 - it is not installed
import limnograph.dbapi  # noqa: E402

facts = json.loads(Path(os.environ["LIMNO_FACTS"]).read_text())
doors = {name: os.environ[name] for name in ("LIMNO_FLIGHT", "LIMNO_HTTP")}
nanoseconds = [row["time_ns"] for row in facts["clockwork_rows"]]
SQL = "SELECT time, level, msg, properties FROM log_entries WHERE process_id = {} ORDER BY time"


def every_form_of_an_answer() -> None:
    for address in doors.values():
        with limnograph.connect(address) as lake:
            for process_id in facts["clockwork"].values():
                answer = lake.query(SQL.format("?"), params=[process_id])
                assert answer.polars()["time"].to_physical().to_list() == nanoseconds
                assert answer.pandas()["time"].astype("int64").to_list() == nanoseconds
                assert answer.arrow()["time"].cast("int64").to_pylist() == nanoseconds
            assert lake.query(facts["every_type"]).arrow().num_rows == 2


def the_ready_made_connection() -> None:
    with limnograph.dbapi.connect(doors["LIMNO_FLIGHT"]) as lake, lake.cursor() as cursor:
        cursor.execute(SQL.format("?"), [facts["clockwork"]["tail"]])
        assert cursor.fetch_arrow_table()["time"].cast("int64").to_pylist() == nanoseconds


def encrypted_connections() -> None:
    for name in ("LIMNO_FLIGHT_TLS", "LIMNO_HTTPS"):
        with limnograph.connect(os.environ[name], tls_ca=os.environ["LIMNO_AUTHORITY"]) as lake:
            assert lake.query("SELECT 41 + 1 AS answer").scalar() == 42


def the_command() -> None:
    environ = os.environ | {"PYTHONPATH": str(SOURCE), "HOME": str(Path.cwd())}
    process_id = facts["clockwork"]["stored"]
    for door, form in (("LIMNO_FLIGHT", "table"), ("LIMNO_FLIGHT", "json"), ("LIMNO_HTTP", "csv")):
        ask = ["query", SQL.format(f"'{process_id}'"), "--format", form, "--uri", doors[door]]
        said = subprocess.run(
            [sys.executable, "-m", "limnograph.cli", *ask],
            env=environ, check=True, stdout=subprocess.PIPE, text=True,
        ).stdout  # fmt: skip
        assert "grüße 🚀" in said, said
        assert "06.123456790" in said, said


for check in (
    every_form_of_an_answer,
    the_ready_made_connection,
    encrypted_connections,
    the_command,
):
    check()
    print(check.__name__, "ok", flush=True)
