"""Computes window functions over rows in memory, whole columns at a time; knows no SQL."""
