"""
Metrics of the process itself: processor, memory, threads, open files, garbage collection.

On by default; ``init(system_metrics=False)`` or LIMNO_SYSTEM_METRICS=0 switches them off. They are
read each SYSTEM_METRICS_INTERVAL_S on the flush thread, from /proc and the standard library; what a
system does not tell is left out. Names and units are OpenTelemetry's. What only grows (processor
time, faults, collections) is told as its increase, so that a sum over time is the total.

``limnograph.system_metrics.sample()`` reads and records now.
"""

from limnograph.system_metrics.sampler import Sampler, sample

__all__ = ["Sampler", "sample"]
