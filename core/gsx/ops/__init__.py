"""Tensor maths that components share; with gsx.api and gsx.testing, the stable surface for plugins.

One file per idea: import from the file (``from gsx.ops.statistics import mean_std``).
"""
