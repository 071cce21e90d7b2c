"""Training: distilling one extractor from another; every run is a live folder that can be taken up again."""
