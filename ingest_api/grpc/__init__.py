"""OTLP over gRPC: the services of logs, metrics and traces, beside the receiver's HTTP."""
