"""
OTLP's protobuf as plain columns, and what a receiver has to know of a message before it is stored.

`_native/otlp` reads it in C; the modules here do the same in Python. Rule: for every payload the
same columns as the extension gives, or a refusal as well. They are the judge in the tests and the
fallback where there is no compiler; they are not fast.
"""
