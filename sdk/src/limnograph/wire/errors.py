"""What is wrong with bytes that claim to be `limnograph/v1`, and where."""


class FormatError(ValueError):
    """
    The bytes break a rule of the format.

    Attributes:
        reason: What is wrong, without the position.
        offset: Byte offset: of the body for an envelope, of the decompressed payload for a
            container. For a rule about the JSON header it is the offset of the header.
    """

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(f"byte {offset}: {reason}")
        self.reason, self.offset = reason, offset


class LimitError(FormatError):
    """
    The bytes may be well formed but are over a named limit of ``wire/limits.py``.

    Attributes:
        limit: Name of the limit.
        value: The limit.
    """

    def __init__(self, limit: str, value: int, found: int, offset: int) -> None:
        super().__init__(f"{found} is over {limit} = {value}", offset)
        self.limit, self.value = limit, value
