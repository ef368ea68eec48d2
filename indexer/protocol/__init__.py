"""The contract between the window and the engine: all of indexer that app may import."""
