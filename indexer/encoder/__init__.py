"""Encoders: from pages and questions to vectors. Imported only when first needed."""
