"""Asking every part how it is, for `limnod status`, with or without a running `limnod up`."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from ingest_api.settings import IngestSettings
from query_engine.settings import QuerySettings
from stack import probes
from stack.addresses import configured_addresses, reachable
from stack.data_directory import DataDirectory
from stack.lake_environment import database_url_or_none
from stack.settings import StackSettings


@dataclass(frozen=True, slots=True)
class PartStatus:
    """How one part answered."""

    part: str
    address: str
    status: str

    @property
    def is_ready(self) -> bool:
        """True when it is ready to do its work."""
        return self.status == "ready"


def ask_all(settings: StackSettings) -> list[PartStatus]:
    """Ask every part that is configured, where it runs or would run."""
    directory = DataDirectory(settings.data_dir)
    found = directory.read_addresses() if directory.is_in_use() else None
    at = found or configured_addresses(settings, IngestSettings(), QuerySettings())
    database_url = database_url_or_none(settings)
    answers = [
        PartStatus(
            "postgres",
            _without_password(database_url) if database_url else "-",
            probes.postgres_status(database_url) if database_url else "not set up: limnod up",
        ),
        PartStatus("ingest", at.ingest_url, probes.http_status(f"{at.ingest_url}/ready")),
        PartStatus("query (http)", at.query_url, probes.query_status(at)),
        PartStatus(
            "query (flight)",
            at.flight_url,
            probes.tcp_status(reachable(at.query_host), at.query_flight_port),
        ),
    ]
    if at.ingest_grpc_port > 0:
        otlp = probes.tcp_status(reachable(at.ingest_host), at.ingest_grpc_port)
        answers.insert(2, PartStatus("ingest (grpc)", at.grpc_url, otlp))
    if settings.dagster:
        web = at.dagster_url
        answers += [
            PartStatus("dagster ui", web, probes.http_status(f"{web}/server_info")),
            PartStatus("dagster code", web, probes.dagster_code_status(web)),
            PartStatus("dagster daemon", web, probes.dagster_daemon_status(web)),
        ]
    return answers


def table(answers: Sequence[PartStatus]) -> str:
    """Return the answers as a table for people."""
    rows = [("part", "address", "status"), *((a.part, a.address, a.status) for a in answers)]
    widths = [max(len(row[i]) for row in rows) for i in (0, 1)]
    return "\n".join(f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}" for a, b, c in rows)


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    where = parts.hostname or "localhost"
    return f"postgresql://{where}:{parts.port or 5432}{parts.path}"
