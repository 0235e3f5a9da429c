"""Limnograph for applications and analysts: record logs, metrics and spans; ask SQL."""
