"""Mailing: from an approved edition to one message per person, provably."""
