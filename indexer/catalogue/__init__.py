"""The catalogue: folders, documents, their states and failures. The truth, which the store follows."""
