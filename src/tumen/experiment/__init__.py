"""Experiments: many runs of a case in several worlds, and what their comparison says."""
