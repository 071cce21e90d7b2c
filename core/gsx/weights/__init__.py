"""Weights: the registry of what exists, files with their hashes, and turning foreign files into ours."""
