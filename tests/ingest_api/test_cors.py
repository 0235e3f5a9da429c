"""Scripts of web pages may send where an operator names their origin, and nowhere else."""

import httpx

PAGE = "https://shop.example"
ASKED = {
    "Origin": PAGE,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type",
}


def test_a_named_origin_may_send_from_the_browser(start_receiver) -> None:
    """
    The browser asks first, is allowed, and the answer names the origin.
    """
    receiver = start_receiver(cors_origins=f"https://other.example, {PAGE}")
    asked = httpx.options(f"{receiver.url}/v1/traces", headers=ASKED)
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == PAGE
    assert "content-type" in asked.headers["access-control-allow-headers"]
    sent = httpx.post(f"{receiver.url}/v1/traces", json={}, headers={"Origin": PAGE})
    assert (sent.status_code, sent.headers["access-control-allow-origin"]) == (200, PAGE)


def test_other_pages_may_not(start_receiver) -> None:
    """
    A page whose origin is not named is told nothing that its browser would accept.
    """
    receiver = start_receiver(cors_origins=PAGE)
    asked = httpx.options(
        f"{receiver.url}/v1/traces", headers=ASKED | {"Origin": "https://evil.example"}
    )
    assert asked.status_code == 400
    assert "access-control-allow-origin" not in asked.headers


def test_without_the_setting_no_page_may_send(start_receiver) -> None:
    """
    The default: nothing answers a browser's question.
    """
    asked = httpx.options(f"{start_receiver().url}/v1/traces", headers=ASKED)
    assert asked.status_code == 405
    assert "access-control-allow-origin" not in asked.headers
