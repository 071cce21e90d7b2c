"""Training a generator against a discriminator."""
