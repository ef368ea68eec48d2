"""From files to searchable pages."""
