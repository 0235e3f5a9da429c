"""Who is calling, on every door: tokens of OpenID providers, API keys, and what they allow."""
