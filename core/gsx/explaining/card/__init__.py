"""The faithfulness card: what the core holds every explanation against, one file per check."""
