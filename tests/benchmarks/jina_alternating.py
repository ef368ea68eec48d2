"""How many times as fast as the plain way jina-embeddings-v4 reads pages on a processor, both taking turns.

    python tests/benchmarks/jina_alternating.py --checkpoint DIR | --reduced [--dtype float32] [--pages 4]
        [--rounds 9] [--threads N] [--json]

In each round the same A4 pages go through the plain way (jina_plain.py) one by one, through it as one padded batch, and
through the encoder; the ratio is the better of the plain two over the encoder, in that round. Other programs slow all
three, and a ratio by processor time hardly moves with them; by the clock it needs a quiet machine. --reduced: random
weights in the published proportions, as in encoder.py.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import encoder as single_figures  # noqa: E402
import jina_plain  # noqa: E402
import torch  # noqa: E402

from indexer.documents.document import PageWords  # noqa: E402
from indexer.encoder import device as devices  # noqa: E402
from indexer.encoder.encoder import PageInput  # noqa: E402
from indexer.encoder.jina_v4 import inputs  # noqa: E402
from indexer.encoder.jina_v4.adapters import Adapters  # noqa: E402
from indexer.encoder.jina_v4.checkpoint import Checkpoint  # noqa: E402
from indexer.encoder.jina_v4.encoder import JinaV4Encoder  # noqa: E402
from indexer.encoder.jina_v4.model import JinaModules  # noqa: E402
from indexer.encoder.jina_v4.network import JinaNetwork  # noqa: E402
from indexer.encoder.jina_v4.one_pass import ONE_PASS  # noqa: E402
from indexer.encoder.jina_v4.settings import JinaSettings  # noqa: E402

CLOCKS = {"clock": time.perf_counter, "processor": time.process_time}


def main() -> None:
    options = _options()
    if options.threads:
        torch.set_num_threads(options.threads)
    choice = devices.choose_device("cpu", options.dtype)
    ways = _ways(*_model(options.checkpoint, choice), choice, options.pages)
    for run in (*ways.values(), ways["ours"], ways["ours"]):
        run()  # machine code is made, batch sizes settle
    took: dict[str, dict[str, list[float]]] = {name: {way: [] for way in ways} for name in CLOCKS}
    for _ in range(options.rounds):
        for way, run in ways.items():
            before = {name: read() for name, read in CLOCKS.items()}
            run()
            for name, read in CLOCKS.items():
                took[name][way].append((read() - before[name]) / options.pages)
    result = {name: _figures(one) for name, one in took.items()} | {
        "threads": torch.get_num_threads(),
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(result, indent=None if options.json else 1))


def _model(folder: Path | None, choice: devices.DeviceChoice) -> tuple[Checkpoint, JinaModules, Any]:
    if folder is None:
        return jina_plain.random_model(choice.device, choice.dtype, reduced=True)
    checkpoint = Checkpoint.read(folder)
    return checkpoint, checkpoint.load(choice.device, choice.dtype), inputs.TextInput(str(folder / "tokenizer.json"))


def _ways(
    checkpoint: Checkpoint, modules: JinaModules, prompt: Any, choice: devices.DeviceChoice, count: int
) -> dict[str, Callable[[], object]]:
    sizes, limit = checkpoint.preprocessing, checkpoint.preprocessing.max_pixels
    plain = jina_plain.PlainWay(modules, sizes, prompt, checkpoint.tasks[0], choice.device, choice.dtype)
    network = JinaNetwork(modules, Adapters(modules, checkpoint.tasks), sizes, prompt, ONE_PASS)
    ours = JinaV4Encoder(checkpoint, network, prompt, choice, JinaSettings())
    pages = single_figures._pages(count, mixed=False)
    given, space = [PageInput(PageWords(), pixels) for pixels in pages], ours.spaces()[0]
    return {
        "plain, one by one": lambda: [plain.encode([pixels], limit) for pixels in pages],
        "plain, one batch": lambda: plain.encode(pages, limit),
        "ours": lambda: ours.encode_pages(given, space),
    }


def _figures(took: dict[str, list[float]]) -> dict[str, float]:
    """Median milliseconds a page of each way; the ratio of a round at the median, the least and the largest."""
    ratios = sorted(min(plain) / ours for *plain, ours in zip(*took.values(), strict=True))
    figures = {f"{way}, ms a page": 1e3 * statistics.median(times) for way, times in took.items()}
    figures |= {"times": statistics.median(ratios), "least": ratios[0], "most": ratios[-1]}
    return {name: float(f"{value:.4g}") for name, value in figures.items()}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--checkpoint", type=Path)
    which.add_argument("--reduced", action="store_true")
    parser.add_argument("--dtype", choices=["float32", "bfloat16"])
    parser.add_argument("--pages", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
