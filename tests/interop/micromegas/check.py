"""What a user of the `micromegas` package does, each public method at least once."""

import json
import os
from datetime import datetime
from pathlib import Path

import micromegas

facts = json.loads(Path(os.environ["LIMNO_FACTS"]).read_text())
begin, end = (datetime.fromisoformat(facts[name]) for name in ("begin", "end"))
client = micromegas.connect(os.environ["LIMNO_FLIGHT"])

for process_id in facts["shop"].values():
    frame = client.query(
        f"SELECT time, level, msg FROM log_entries WHERE process_id = '{process_id}'", begin, end
    )
    assert len(frame) == facts["shop_counts"]["logs"], len(frame)
    assert str(frame["time"].dtype) == "datetime64[ns, UTC]", frame.dtypes
