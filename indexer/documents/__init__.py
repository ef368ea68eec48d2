"""What a document and a page are: plain values, kinds and fingerprints."""
