"""Subscribing: people, their consent and their choices."""
