"""
Decoders of `otlp/v1/*`: a block's payload is one serialized Resource* message.

``_native/otlp`` reads the wire into columns; ``otlp_wire`` does the same in Python, where the
extension is absent and where tests compare the two. What columns mean is decided once, in the
modules that are named after a signal.
"""
