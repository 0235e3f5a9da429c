"""What tables exist: one value per view."""
