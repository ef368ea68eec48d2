"""Thumbnails from the cache folder."""
