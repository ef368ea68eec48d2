"""What lies on the disk: scanning, ignoring, watching."""
