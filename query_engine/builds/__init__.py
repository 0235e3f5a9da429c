"""What queries do about tables that lack much: small gaps are filled here, large ones asked for."""
