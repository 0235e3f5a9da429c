"""Runnable measurements, each with a named peer in the same run, and the long exactness tests."""
