"""Deliveries of Amazon Data Firehose to HTTP endpoints: docs/aws.md."""
