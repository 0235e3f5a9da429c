"""What happens when the TLS files change."""

import logging
from datetime import timedelta

import pytest

from query_engine.errors import TlsUnusable
from query_engine.limits import TLS_EXPIRY_WARNING_DAYS
from query_engine.metrics import QueryMetrics
from query_engine.tls.identity import TlsFiles, read_identity
from query_engine.tls.watch import TlsWatch


@pytest.fixture
def watched(folder, authority):
    """Return a watch over a pair, with the list of what it made the doors use."""
    folder.put(authority.pair())
    files = TlsFiles(folder.certificate, folder.key)
    used = []
    watch = TlsWatch(files, read_identity(files), used.append, QueryMetrics())
    return watch, used


def test_nothing_happens_while_nothing_changes(watched):
    """
    Also when the files are written again as they are.
    """
    watch, used = watched
    watch.look()
    watch._files.key.write_bytes(watch._files.key.read_bytes())
    watch.look()
    assert used == []


def test_a_pair_is_used_when_both_halves_are_there(watched, folder, authority, caplog):
    """
    In between the old one is kept, and said once.
    """
    watch, used = watched
    new = authority.pair("next")
    folder.certificate.write_bytes(new.certificate)
    with caplog.at_level(logging.INFO, "query_engine"):
        watch.look()
        watch.look()
        assert used == []
        folder.key.write_bytes(new.key[:80])
        watch.look()
        assert used == []
        folder.key.write_bytes(new.key)
        watch.look()
        watch.look()
    assert [identity.certificate for identity in used] == [new.certificate]
    assert watch.identity.subject.startswith("CN=next")
    said = [record.getMessage() for record in caplog.records]
    assert [line.split(":")[0] for line in said] == [
        "the new TLS files are not used, the old ones are kept",
        "the new TLS files are not used, the old ones are kept",
        "TLS files reloaded",
    ]


def test_links_that_are_turned_are_followed(tmp_path, authority):
    """
    Kubernetes turns one link to a directory with all new files.
    """
    for version in ("v1", "v2"):
        pair = authority.pair(version)
        (tmp_path / version).mkdir()
        (tmp_path / version / "tls.crt").write_bytes(pair.certificate)
        (tmp_path / version / "tls.key").write_bytes(pair.key)
    (tmp_path / "data").symlink_to("v1")
    for name in ("tls.crt", "tls.key"):
        (tmp_path / name).symlink_to(f"data/{name}")
    files = TlsFiles(tmp_path / "tls.crt", tmp_path / "tls.key")
    used = []
    watch = TlsWatch(files, read_identity(files), used.append, QueryMetrics())
    (tmp_path / "turned").symlink_to("v2")
    (tmp_path / "turned").rename(tmp_path / "data")
    watch.look()
    assert [identity.subject[:5] for identity in used] == ["CN=v2"]


def test_a_pair_that_the_doors_refuse_is_tried_again(folder, authority):
    """
    What was refused once may be a passing trouble.
    """
    folder.put(authority.pair())
    files = TlsFiles(folder.certificate, folder.key)
    refusals, used = [TlsUnusable("no")], []

    def use(identity):
        if refusals:
            raise refusals.pop()
        used.append(identity)

    metrics = QueryMetrics()
    watch = TlsWatch(files, read_identity(files), use, metrics)
    folder.put(authority.pair("next"))
    watch.look()
    watch.look()
    assert len(used) == 1
    text = metrics.text()
    assert b'limnograph_query_tls_reloads_total{outcome="ok"} 1.0' in text
    assert b'limnograph_query_tls_reloads_total{outcome="failed"} 1.0' in text


def test_the_end_of_a_certificate_is_warned_of_once_a_day(watched, folder, authority, caplog):
    """
    Not before it is near; again when it has come; not of the next one.
    """
    watch, _ = watched
    ends = watch.identity.expires
    now = [ends - timedelta(days=TLS_EXPIRY_WARNING_DAYS, seconds=1)]
    watch._now = lambda: now[0]
    watch.look()
    assert caplog.records == []
    for hours in (1, 12, 14):
        now[0] += timedelta(hours=hours)
        watch.look()
    now[0] = ends + timedelta(hours=1)
    watch.look()
    said = [record.getMessage() for record in caplog.records]
    assert [("has ended" in line, " ends at " in line) for line in said] == [
        (False, True),
        (False, True),
        (True, False),
    ]
    folder.put(authority.pair(days=90))
    watch.look()
    assert len(caplog.records) == 3
    assert f"limnograph_query_tls_expires_seconds {ends.timestamp()}".encode() not in (
        watch._metrics.text()
    )
