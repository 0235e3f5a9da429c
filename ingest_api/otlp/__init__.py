"""OTLP over HTTP: requests of OpenTelemetry SDKs and collectors become blocks of ours."""
