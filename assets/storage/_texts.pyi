from typing_extensions import Buffer

def pick_keys(
    offsets: Buffer, keys: tuple[Buffer, ...], values: Buffer, wanted: tuple[bytes, ...]
) -> list[tuple[bytes, bytes, int] | None] | None: ...
def bloom_pages(
    column: tuple[Buffer, ...], validity: Buffer | None, first_bit: int, bits_per_text: float
) -> bytes: ...
