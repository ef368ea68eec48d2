"""jina-embeddings-v4 on transformers' own Qwen2.5-VL classes and peft, without anybody's downloaded code."""
