"""
Where everything lives: objects, metadata rows and Delta tables.

Rule: nothing here knows a view or decodes a payload, and the modules that the receiver uses
(``objects``, ``layout``, ``metadata``, ``lake``) never reach polars or deltalake.
"""
