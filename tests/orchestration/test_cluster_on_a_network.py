"""Worker hosts on a network: each has a namespace, and reaches the lake by other addresses."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from assets.storage.layout import Slice
from assets.storage.tables import TableCache
from assets.views.catalog import view_named
from assets.views.physical import table_spec
from orchestration.cluster import dask_place as dask_place_module
from orchestration.cluster.dask_place import dask_place
from orchestration.lake_resource import LakeResource
from orchestration.slice_work import build_at
from tests.orchestration.dask_hosts import hosts
from tests.orchestration.log_sender import Sender
from tests.orchestration.namespaces import NoNamespaces, forwarded, network

pytestmark = pytest.mark.slow
LOGS = view_named("log_entries")


@pytest.fixture(autouse=True)
def workers_may_start_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine takes its time to start processes."""
    monkeypatch.setattr(dask_place_module, "CONNECT_TIMEOUT_S", 300)


def test_two_machines_of_a_network_build_the_slices_of_a_run(
    sender: Sender, this_hour, database_url: str, tmp_path: Path
) -> None:
    """
    Database and scheduler are at addresses that only the network knows; the lake is the same one.
    """
    slices = [Slice(this_hour - timedelta(hours=n)) for n in range(1, 5)]
    for slice_ in slices:
        sender.send(3, hour=slice_.start)
    database = urlsplit(database_url)
    opened = LakeResource().open()
    try:
        with (
            network(2) as (here, names),
            forwarded(here, database.port) as port,
            hosts(tmp_path / "hosts", here) as cluster,
        ):
            environ = {
                "LIMNO_DATABASE_URL": database_url.replace(
                    f"{database.hostname}:{database.port}", f"{here}:{port}"
                ),
                "LIMNO_ROOT_URI": (tmp_path / "lake").as_uri(),
            }
            for name in names:
                cluster.worker(name, environ, ["ip", "netns", "exec", name])
            with dask_place(cluster.address, opened) as place:
                place.wait_for(2)
                outcome = build_at(place, LOGS, slices, "rebuild")
    except NoNamespaces as why:
        pytest.skip(f"no network namespaces here: {why}")
    assert (outcome.done, dict(outcome.failed)) == (tuple(slices), {})
    files = TableCache().snapshot(sender.lake, table_spec(LOGS)).files
    assert int(files["num_records"].sum()) == 12
