"""What spans cost from their block to SQL, and what the functions over call trees cost."""
