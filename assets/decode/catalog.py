"""Which decoder reads which wire format for which kind of rows (``rows.ROWS``)."""

from collections.abc import Mapping

from assets.decode.decoder import Decoder
from assets.decode.limnograph_v1.async_events import ASYNC_EVENTS
from assets.decode.limnograph_v1.images import IMAGES
from assets.decode.limnograph_v1.logs import LOGS
from assets.decode.limnograph_v1.metrics import METRICS
from assets.decode.limnograph_v1.open_spans import OPEN_SPANS
from assets.decode.limnograph_v1.spans import SPANS
from assets.decode.limnograph_v1.traces import TRACES
from assets.decode.otlp.histograms import HISTOGRAMS as OTLP_HISTOGRAMS
from assets.decode.otlp.logs import LOGS as OTLP_LOGS
from assets.decode.otlp.points import POINTS as OTLP_POINTS
from assets.decode.otlp.spans import SPANS as OTLP_SPANS
from assets.decode.rows import tag_of_rows

DECODERS: Mapping[tuple[str, str], Decoder] = {
    ("limnograph/v1", "log"): LOGS,
    ("limnograph/v1", "metrics"): METRICS,
    ("limnograph/v1", "cpu"): SPANS,
    ("limnograph/v1", "cpu/async"): ASYNC_EVENTS,
    ("limnograph/v1", "cpu/open"): OPEN_SPANS,
    ("limnograph/v1", "trace"): TRACES,
    ("limnograph/v1", "image"): IMAGES,
    ("otlp/v1/logs", "log"): OTLP_LOGS,
    ("otlp/v1/metrics", "metrics"): OTLP_POINTS,
    ("otlp/v1/metrics", "metrics/histograms"): OTLP_HISTOGRAMS,
    ("otlp/v1/traces", "trace"): OTLP_SPANS,
}
"""(format, kind of rows) to decoder."""

NO_DECODER_VERSION = 0
"""Version that the quarantine records for blocks of a format that nothing decodes."""


def decoder_version(format_: str, kind: str) -> int:
    """Return the version that decodes such blocks now; 0 when nothing does."""
    decoder = DECODERS.get((format_, kind))
    return decoder.version if decoder else NO_DECODER_VERSION


def holds_none(format_: str, kind: str) -> bool:
    """Tell whether blocks of a format that is read never hold rows of this kind."""
    return (format_, kind) not in DECODERS and (format_, tag_of_rows(kind)) in DECODERS
