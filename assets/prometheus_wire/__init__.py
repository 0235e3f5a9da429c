"""
Prometheus remote write as OTLP, so that one decoder and the same views serve both.

`_native/remote_write` does it in C; the modules here do the same in Python, byte for byte. They are
the judge in the tests and the fallback where there is no compiler; they are not fast.
"""
