"""Which decoder reads which wire format and stream tag."""

from collections.abc import Mapping

from assets.decode.decoder import Decoder
from assets.decode.limnograph_v1.images import IMAGES
from assets.decode.limnograph_v1.logs import LOGS
from assets.decode.limnograph_v1.metrics import METRICS
from assets.decode.limnograph_v1.spans import SPANS

DECODERS: Mapping[tuple[str, str], Decoder] = {
    ("limnograph/v1", "log"): LOGS,
    ("limnograph/v1", "metrics"): METRICS,
    ("limnograph/v1", "cpu"): SPANS,
    ("limnograph/v1", "image"): IMAGES,
}
"""(format, tag) to decoder."""

NO_DECODER_VERSION = 0
"""Version that the quarantine records for blocks of a format that nothing decodes."""


def decoder_version(format_: str, tag: str) -> int:
    """Return the version that decodes such blocks now; 0 when nothing does."""
    decoder = DECODERS.get((format_, tag))
    return decoder.version if decoder else NO_DECODER_VERSION
