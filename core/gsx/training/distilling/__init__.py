"""Distilling: one extractor learns to give another one's feature maps."""
