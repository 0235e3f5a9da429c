"""Views that operators define in SQL: read, checked, made into views like ours."""
