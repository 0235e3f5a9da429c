"""Images on their way out: through SQL to the client, and one by one to a browser."""

import contextlib
import re
import socket
import time
import uuid

import httpx
import pytest

import limnograph
from assets.materialize import materialize
from assets.views.catalog import view_named
from query_engine.doors import Doors, lake_service
from query_engine.settings import QuerySettings

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
SENT = [
    {"time": 1, "name": "till", "format": "png", "data": PNG},
    {"time": 2, "name": "drawn", "format": "png", "data": SVG},
    {"time": 3, "name": "nothing", "format": "", "data": b""},
]


@pytest.fixture
def doors(filled, workers):
    """Both doors over a lake."""
    settings = QuerySettings(http_port=0, flight_port=0)
    service, ready = lake_service(filled.lake, settings, workers)
    opened = Doors(service, ready, settings)
    yield opened
    assert opened.close(1)


@pytest.fixture
def browser(doors):
    """An ordinary HTTP client."""
    url = f"http://127.0.0.1:{doors.http_port}"
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture
def block(filled, new_sender):
    """The id of a block of images; its process and stream are known to the lake."""
    made = filled.make_block("image", SENT)
    filled.write(new_sender(tag="image"), made)
    return made.ref.block_id


def test_an_image_is_shown_byte_for_byte(browser, block):
    """
    As what its bytes are, with headers that let a browser do nothing but draw.
    """
    answer = browser.get(f"/api/image/{block}/0")
    assert answer.status_code == 200
    assert answer.content == PNG
    headers = answer.headers
    assert headers["content-type"] == "image/png"
    assert headers["content-disposition"] == f'inline; filename="{block}-0.png"'
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert uuid.UUID(headers["x-query-id"])
    known = {"If-None-Match": f'"other", W/{headers["etag"]}'}
    again = browser.get(f"/api/image/{block}/0", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    head = browser.head(f"/api/image/{block}/0")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(PNG))
    assert head.headers["etag"] == headers["etag"]


@pytest.mark.parametrize(("number", "data"), [(1, SVG), (2, b"")])
def test_what_only_claims_to_be_a_picture_is_a_file(browser, block, number, data):
    """
    SVG runs scripts; a format that the application has written says nothing.
    """
    answer = browser.get(f"/api/image/{block}/{number}")
    assert answer.content == data
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; ")


def test_what_is_not_there_is_told_apart(browser, block, filled, new_sender):
    """
    No such block, a block of something else, fewer images; and what is no id or number at all.
    """
    logs = filled.make_block("log", [{"time": 1}])
    filled.write(new_sender(), logs)
    for path, status, text in (
        (f"{uuid.UUID(int=1)}/0", 404, "there is no block"),
        (f"{logs.ref.block_id}/0", 404, "carries no images, it is of a stream of log"),
        (f"{block}/3", 404, "has no image 3"),
        (f"{block}/-1", 400, "image"),
        (f"{block}/99999999999", 400, "image"),
        ("nothing/0", 400, "block_id"),
    ):
        answer = browser.get(f"/api/image/{path}")
        assert answer.status_code == status, path
        assert text in answer.json()["error"]["message"], path
    foreign = browser.get(f"/api/image/{block}/0", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403


def test_asking_for_an_image_is_a_query_like_any_other(browser, block):
    """
    Its id is the one that the caller chose, and it is counted at this door.
    """
    query_id = str(uuid.uuid4())
    answer = browser.get(f"/api/image/{block}/0", headers={"x-query-id": query_id})
    assert answer.headers["x-query-id"] == query_id
    assert re.search(
        r'limnograph_query_queries_total\{.*door="http".*\} 1\.0', browser.get("/metrics").text
    )


def test_a_client_that_leaves_stops_its_query(filled, workers, block):
    """
    At once, here while it waits for a place: nobody waits for the bytes any more.
    """
    settings = QuerySettings(http_port=0, flight_port=0, running_queries_max=1)
    service, ready = lake_service(filled.lake, settings, workers)
    opened = Doors(service, ready, settings)
    try:
        held = service.query("SELECT n FROM generate_series(1, 10) AS t(n)", client="first")
        with socket.create_connection(("127.0.0.1", opened.http_port)) as connection:
            path = f"/api/image/{block}/0"
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            until(lambda: [query.state for query in service.running.all()].count("waiting") == 1)
        until(lambda: [query.query_id for query in service.running.all()] == [held.query_id])
        held.close()
    finally:
        assert opened.close(1)


def until(true):
    """Wait for something to become true."""
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("door", ["flight", "http"])
def test_bytes_reach_the_client_unchanged(doors, filled, new_sender, door):
    """
    From the table and from the tail, by the view and by the block.
    """
    sender = new_sender(tag="image")
    first = filled.make_block("image", SENT)
    filled.write(sender, first)
    images = view_named("images")
    materialize(filled.lake, images, filled.tables, process_id=sender.process_id)
    filled.write(sender, [{"time": 9, "name": "late", "format": "jpeg", "data": b"\xff\xd8\xff"}])
    port = {"flight": doors.flight_port, "http": doors.http_port}[door]
    uri = f"{'grpc' if door == 'flight' else 'http'}://127.0.0.1:{port}"
    with contextlib.closing(limnograph.connect(uri)) as client:
        view = f"view_instance('images', '{sender.process_id}')"
        found = client.query(f"SELECT name, data, payload_size FROM {view} ORDER BY time").polars()
        assert found["data"].to_list() == [PNG, SVG, b"", b"\xff\xd8\xff"]
        assert found["payload_size"].to_list() == [len(data) for data in found["data"]]
        sql = f"SELECT image, name, data FROM block_images('{first.ref.block_id}') ORDER BY image"
        assert client.query(sql).polars().rows() == [
            (0, "till", PNG), (1, "drawn", SVG), (2, "nothing", b""),
        ]  # fmt: skip
