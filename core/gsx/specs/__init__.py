"""Typed, torch-free descriptions of components: what a plugin publishes and what contracts read."""
