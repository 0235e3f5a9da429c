"""
The server's C extension: `otlp` turns protobuf on the wire into columns.

Where it cannot be built, ``assets.otlp_wire`` does the same in Python.
"""
