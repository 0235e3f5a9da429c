"""What Loki's clients push, told as OTLP: docs/loki.md."""
