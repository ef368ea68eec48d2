"""The vector tables."""
