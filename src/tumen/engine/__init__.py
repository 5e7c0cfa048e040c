"""Simulate agents month by month: expected flows and sampled histories.

The engine knows states, hazards and mass; `tumen.model` gives them their meaning.
"""
