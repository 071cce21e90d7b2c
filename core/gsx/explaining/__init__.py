"""Explaining a pass: the probe that binds everything, and the explainers run through it."""
