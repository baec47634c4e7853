"""Editing: from stories to an approved edition."""
