"""Every format of exports; the first is the one that is meant unless another is named."""

from query_engine.export.scribe import ExportFormat
from query_engine.export.scribes.chrome import CHROME
from query_engine.export.scribes.perfetto import PERFETTO
from query_engine.export.scribes.speedscope import SPEEDSCOPE

FORMATS: tuple[ExportFormat, ...] = (PERFETTO, CHROME, SPEEDSCOPE)

FORMATS_BY_NAME: dict[str, ExportFormat] = {form.name: form for form in FORMATS}
