"""What the views show, held apart from how."""
