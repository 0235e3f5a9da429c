"""What a lake costs a month: bytes, requests and CPU measured here, prices from public lists."""
