"""Lite, the embedded default encoder: reads the words of a page and where they stand."""
