"""Inspect a data set: counts, near duplicates, wrong labels and wrong boxes."""
