"""Colours and style, light and dark."""
