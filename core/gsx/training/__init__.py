"""Trainings: live folders that can be taken up again, for an extractor, and for a generator against a discriminator."""
