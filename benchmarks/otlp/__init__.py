"""What reading OpenTelemetry blocks costs, beside upb and a loop over rows; and what rows weigh."""
