"""
What Flight SQL tells about the service itself: one function per command, each answers a table.

Rule: nothing here knows pyarrow.flight or protobuf. The schemas are the specification's with its
nullability; names, types and places of tables are those of ``information_schema``.
"""
