"""What the authors of a downloadable encoder publish: where, in which revision, under which licences, how large.

The revision pins the content: on the hub a revision is a Git commit. The hub tells the SHA-256 of every large file and
the Git blob id (SHA-1) of every small one in that revision; what arrives is compared with those, and with `checksums`
where they are known beforehand. They are not: this was written without access to the hub, so the first download trusts
the hub's word (over TLS) for the pinned revision, and everything after it trusts the manifest written then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch

from indexer.protocol.values import Licence

JINA_V4 = "jina-v4"
TASK_NAMES = ("retrieval", "text-matching", "code")
"""Of its adapters, where a configuration does not list them."""
_KEPT = ("*.json", "*.txt", "*.safetensors", "README.md", "LICENSE*", "NOTICE*")
_FOLDERS = ("", "adapters")


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """One model repository at one revision. `checksums`: SHA-256 by file name, where known beforehand.

    parameters: of the whole model. page_flops: work for one A4 page at the default pixel limit, vision and one task.
    """

    encoder_id: str
    name: str
    repository: str
    revision: str
    licences: tuple[Licence, ...]
    download_bytes: int
    parameters: int
    page_flops: float
    required: tuple[str, ...]
    checksums: Mapping[str, str] = field(default_factory=dict)

    @property
    def model_type(self) -> str:
        """What `config.json` must say."""
        return "qwen2_5_vl"


MODELS: Mapping[str, PublishedModel] = {
    JINA_V4: PublishedModel(
        encoder_id=JINA_V4,
        name="Jina v4",
        repository="jinaai/jina-embeddings-v4",
        revision="4a58ca57710c49f51896e4bc820e202fbf64904b",
        licences=(
            Licence(
                "Qwen Research License",
                "https://huggingface.co/Qwen/Qwen2.5-VL-3B-Instruct/blob/main/LICENSE",
                "https://huggingface.co/jinaai/jina-embeddings-v4",
            ),
            Licence(
                "CC BY-NC 4.0",
                "https://creativecommons.org/licenses/by-nc/4.0/",
                "https://huggingface.co/jinaai/jina-embeddings-v4-text-retrieval-GGUF",
            ),
        ),
        download_bytes=7_900_000_000,
        parameters=3_934_695_552,
        page_flops=8.0e12,
        required=(
            "config.json",
            "preprocessor_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "adapters/adapter_config.json",
            "adapters/adapter_model.safetensors",
        ),
    )
}


def is_kept(name: str) -> bool:
    """Whether a published file is fetched and kept: weights, settings, tokenizer, licence; never code or pickles."""
    folder, _, base = name.rpartition("/")
    return folder in _FOLDERS and any(fnmatch(base, pattern) for pattern in _KEPT)
