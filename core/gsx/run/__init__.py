"""The main job: stylise, measure, explain, store."""
