"""Collecting: from the network's bytes to stored items."""
