"""Comparing combinations: axes, cells, workers, and the folder that they fill."""
