"""The window: what the user sees. Never loads a model, a PDF library or the database."""
