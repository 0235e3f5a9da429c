"""
What `_native/otlp` does, in Python: protobuf on the wire to columns.

Rule: for every payload the same columns as the extension gives, or the same refusal. It is the
judge in the tests and the fallback where there is no compiler; it is not fast.
"""
