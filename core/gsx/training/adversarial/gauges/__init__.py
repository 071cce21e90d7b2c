"""Gauges of collapse: what a training looks like from outside, on pictures it never saw."""
