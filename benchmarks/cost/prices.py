"""
List prices as named inputs, and the published deployment that we are compared with.

US dollars, us-east-1, on demand, as AWS's public price pages gave them in 2025, from memory; those
of tasks and of storage agree with the items of the reference's own page. A month has 730 hours.
"""

from dataclasses import dataclass

HOURS = 730
SECONDS = HOURS * 3600


@dataclass(frozen=True, slots=True)
class Prices:
    """What is paid for a unit."""

    vcpu_hour: float = 0.04048
    """Fargate, Linux, x86."""
    memory_gb_hour: float = 0.004445
    """Fargate, Linux, x86."""
    put_million: float = 5.00
    """S3 Standard: PUT, COPY, POST, LIST."""
    get_million: float = 0.40
    """S3 Standard: GET and all others; DELETE is free."""
    storage_gb_month: float = 0.023
    """S3 Standard, the first 50 TB."""
    database_storage_gb_month: float = 0.23
    """RDS gp3, in two zones."""


@dataclass(frozen=True, slots=True)
class Database:
    """A size of RDS for PostgreSQL in two zones: what it sustains, and its price."""

    name: str
    cores: float
    memory_gb: float
    hour: float


DATABASES = (
    Database("db.t4g.medium", 0.4, 4, 0.129),
    Database("db.m7g.large", 2 * 0.6, 8, 0.337),
    Database("db.m7g.xlarge", 4 * 0.6, 16, 0.674),
    Database("db.m7g.2xlarge", 8 * 0.6, 32, 1.349),
    Database("db.m7g.4xlarge", 16 * 0.6, 64, 2.697),
    Database("db.m7g.8xlarge", 32 * 0.6, 128, 5.394),
    Database("db.m7g.16xlarge", 64 * 0.6, 256, 10.79),
)
"""Burstable ones by their baseline, others at 60 % of their cores."""


@dataclass(frozen=True, slots=True)
class Reference:
    """
    Micromegas' example deployment, from the page "Cost Effectiveness" of its documentation.

    449 billion events in 90 days, 8.5 TB in 118 million objects, on Fargate; its own figures, a
    month. It lists no requests: those objects' PUTs at list price stand in ``puts``, apart.
    """

    logs: float = 9e9
    metrics: float = 275e9
    trace_events: float = 165e9
    days: float = 90
    objects: float = 118e6
    receivers: float = 66
    query: float = 288
    maintenance: float = 144
    web: float = 18
    database: float = 330
    storage: float = 200
    balancer: float = 25
    transfer: float = 10
    total: float = 1_100

    @property
    def events_month(self) -> float:
        """Events of thirty days."""
        return (self.logs + self.metrics + self.trace_events) * 30 / self.days

    @property
    def puts(self) -> float:
        """Dollars a month for creating its objects."""
        return self.objects * 30 / self.days / 1e6 * Prices().put_million


REFERENCE = Reference()
