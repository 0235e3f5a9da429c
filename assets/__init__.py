"""What tables exist, how bytes become rows, and where both live."""
