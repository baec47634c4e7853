"""Adapters: one tool, one file, met only by assembly."""
