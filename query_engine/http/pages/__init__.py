"""Pages that the HTTP door serves: each one document, with nothing from elsewhere."""
