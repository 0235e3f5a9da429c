"""
The server's C extension: `otlp` turns protobuf on the wire into columns.

Where it cannot be built, ``assets.decode.otlp.reference`` does the same in Python.
"""
