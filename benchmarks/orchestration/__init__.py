"""What it costs to have Dagster run the lake."""
