"""Experiments: the worlds of a design, simulated with the same people, draws and luck."""
