"""From a question to ranked pages with their places."""
