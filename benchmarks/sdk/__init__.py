"""
What recording costs an application: each event beside the cheapest call there is, and beside peers.

``python -m benchmarks.sdk [--quick] [--part NAME]``; docs/benchmarks.md says what the lines mean.
"""
