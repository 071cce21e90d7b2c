"""Composition: extractor, fusion, generator and discriminator as one differentiable, tappable pipeline."""
