"""Run folders: written whole or not at all, each file renamed into place."""
