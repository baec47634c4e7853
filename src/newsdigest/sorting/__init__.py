"""Sorting: language, topic, kind and grouping of stored items."""
