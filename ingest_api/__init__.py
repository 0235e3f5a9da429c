"""The receiver: stores blocks durably and acknowledges them; it never decodes a row."""
