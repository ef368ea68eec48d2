"""How fast jina-embeddings-v4 reads pages here, beside the plain way, in one run.

    python tests/benchmarks/encoder.py --checkpoint DIR | --full-size | --reduced  [--json]
        [--pages N] [--batch 1,4,8] [--dtype bfloat16] [--device cuda] [--tokens N]
        [--mixed] [--steps plain,one-pass,fused] [--plain-pages N] [--profile]

--full-size is the published architecture (3.9 B) with random weights, made without any file; --reduced the same in its
proportions with a quarter of the width and fewer layers (what a processor reads in a second or two). Pages are A4 at
150 dpi (--mixed: also slides and Letter). Both ways start from page pixels and end with vectors on the processor.
`share_of_peak` is the arithmetic of the pages (counted from the architecture) over what one large matrix product
reaches on the same device in the same run. `question_wait_ms` is how long questions took while pages were embedded.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from indexer.quiet import set_switches  # noqa: E402

set_switches()  # as the program does before torch is imported: threads that wait for each other sleep, in both ways

import jina_parts  # noqa: E402
import jina_plain  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402

from indexer.documents.document import PageWords  # noqa: E402
from indexer.encoder import device as devices  # noqa: E402
from indexer.encoder.encoder import PageInput  # noqa: E402
from indexer.encoder.jina_v4 import inputs  # noqa: E402
from indexer.encoder.jina_v4.adapters import Adapters  # noqa: E402
from indexer.encoder.jina_v4.checkpoint import Checkpoint  # noqa: E402
from indexer.encoder.jina_v4.encoder import JinaV4Encoder  # noqa: E402
from indexer.encoder.jina_v4.network import JinaNetwork  # noqa: E402
from indexer.encoder.jina_v4.one_pass import ONE_PASS  # noqa: E402
from indexer.encoder.jina_v4.pointwise import PLAIN, Pointwise, fused  # noqa: E402
from indexer.encoder.jina_v4.settings import JinaSettings  # noqa: E402

WAYS = {"plain": PLAIN, "one-pass": ONE_PASS}
USUAL = {"cpu": ["one-pass"], "cuda": ["fused"], "mps": ["plain"]}
"""The elementwise steps that the program takes on each kind of device."""
A4, LETTER, SLIDE = (1754, 1240), (1650, 1275), (1080, 1920)
AS_PUBLISHED = "plain, bfloat16 as published"
PLAIN_LIMIT_S = 40.0
"""The plain way is not run again once it took this long."""


def main() -> None:
    options = _options()
    torch.manual_seed(0)
    choice = devices.choose_device(options.device, options.dtype)
    device, dtype = choice.device, choice.dtype
    peak = devices.matrix_rate(device, dtype, 1.0)
    _reset_peak(device)
    start = time.perf_counter()
    made = options.full_size or options.reduced
    if made:
        checkpoint, modules, prompt = jina_plain.random_model(device, dtype, reduced=options.reduced)
    else:
        checkpoint = Checkpoint.read(options.checkpoint)
        modules, prompt = checkpoint.load(device, dtype), inputs.TextInput(str(options.checkpoint / "tokenizer.json"))
    devices.wait_for(device)
    load_s = time.perf_counter() - start
    settings = JinaSettings(options.tokens, device=options.device, dtype=options.dtype)
    max_pixels = settings.max_pixels(checkpoint.preprocessing)
    pages = _pages(options.pages, mixed=options.mixed)
    work = jina_parts.page_work(modules, checkpoint.preprocessing, pages, max_pixels, prompt)
    result: dict[str, Any] = {
        "device": choice.name, "dtype": str(dtype).removeprefix("torch."), "torch": torch.__version__,
        "python": platform.python_version(), "cores": os.cpu_count(), "matrix_peak_tflops": peak / 1e12,
        "checkpoint": f"{'reduced' if options.reduced else 'full size'}, random" if made else options.checkpoint.name,
        "pages": len(pages), "tflop_per_page": work / 1e12, "load_s": load_s, "plain": {}, "ours": {},
    }  # fmt: skip

    some = pages[: options.plain_pages]
    ways = [("plain", modules, dtype)]
    if device.type == "cpu" and dtype is torch.float32 and not made:
        # The published code computes under bfloat16 autocast on every device, a processor without such units included.
        ways.append((AS_PUBLISHED, checkpoint.load(device, torch.bfloat16), torch.bfloat16))
    for name, given, number_type in ways:
        plain = jina_plain.PlainWay(given, checkpoint.preprocessing, prompt, checkpoint.tasks[0], device, number_type)
        found = result.setdefault(name, {})
        for batch in options.batch:
            if batch > len(some):
                continue
            _reset_peak(device)
            took = _timed(
                lambda b=batch, p=plain: _in_batches(lambda part: p.encode(part, max_pixels), some, b), device
            )
            found[str(batch)] = _figures(len(some), took, work, peak, device)
            _say(options, f"{name}, batch {batch}", found[str(batch)])
            if took > PLAIN_LIMIT_S:
                break
    if options.profile and device.type == "cuda":
        result["plain_patch_embedding_s_per_page"] = jina_parts.plain_patch_embedding(modules, device, dtype)

    adapters = Adapters(modules, checkpoint.tasks)
    start = time.perf_counter()
    adapters.weights(checkpoint.tasks[0])
    result["merged"] = adapters.weights(checkpoint.tasks[0]).merged
    for name in options.steps or USUAL[device.type]:
        steps = _steps(name, choice)
        if steps is None:
            _say(options, f"{name}: not available here", {})
            continue
        network = JinaNetwork(modules, adapters, checkpoint.preprocessing, prompt, steps)
        devices.wait_for(device)
        result["ready_s"] = load_s + time.perf_counter() - start
        sizes = checkpoint.preprocessing
        prepared = [inputs.resized(one, inputs.target_size(*one.shape[:2], sizes, max_pixels)) for one in pages]
        for batch in options.batch:
            _reset_peak(device)
            took = _timed(lambda b=batch, n=network, p=prepared: _network_batches(n, p, checkpoint, b), device)
            result["ours"][f"{name}, network, {batch}"] = _figures(len(pages), took, work, peak, device)
            _say(options, f"{name} steps, network alone, batch {batch}", result["ours"][f"{name}, network, {batch}"])
        if options.profile:
            jina_parts.print_parts(network, checkpoint, prepared, max(options.batch), peak)
            beside = JinaNetwork(
                modules, Adapters(modules, checkpoint.tasks, merge=False), checkpoint.preprocessing, prompt, steps
            )
            batch = max(options.batch)
            took = _timed(lambda n=beside, p=prepared, b=batch: _network_batches(n, p, checkpoint, b), device)
            result["ours"][f"{name}, adapter beside, {batch}"] = _figures(len(pages), took, work, peak, device)
            _say(options, f"{name} steps, adapter beside, batch {batch}", {"pages_per_s": len(pages) / took})
            del beside
        encoder = JinaV4Encoder(checkpoint, network, prompt, choice, settings)
        result["ours"][f"{name}, pages"] = figures = _whole_encoder(encoder, pages, work, peak)
        _say(options, f"{name} steps, pixels to vectors", figures)
    _summary(result)
    if options.json:
        print(json.dumps(_rounded(result)))


def _whole_encoder(encoder: JinaV4Encoder, pages: list[np.ndarray], work: float, peak: float) -> dict[str, float]:
    """Pixels to vectors through the encoder's door with its own batches, alone and with questions in between."""
    space = encoder.spaces()[0]
    given = [PageInput(PageWords(), pixels) for pixels in pages]
    for _ in range(3):  # until batch sizes have settled
        encoder.encode_pages(given, space)
    device = encoder.network.device
    _reset_peak(device)
    took = _timed(lambda: encoder.encode_pages(given, space), device)
    figures = _figures(len(pages), took, work, peak, device)
    question = "how much did the heat pump cost in the winter of 2024"
    alone = [_timed_once(lambda: encoder.encode_query(question, space)) for _ in range(8)]
    waits: list[float] = []
    reading = threading.Thread(target=lambda: [encoder.encode_pages(given, space) for _ in range(2)])
    reading.start()
    while reading.is_alive() and len(waits) < 40:
        waits.append(_timed_once(lambda: encoder.encode_query(question, space)))
        time.sleep(0.05)
    reading.join()
    figures |= {
        "question_ms": 1e3 * statistics.median(alone[2:]),
        "question_wait_ms": 1e3 * statistics.median(waits),
        "question_wait_most_ms": 1e3 * max(waits),
        "seconds_per_page": encoder.seconds_per_page(),
    }
    return figures


def _network_batches(network: JinaNetwork, prepared: list[Any], checkpoint: Checkpoint, batch: int) -> None:
    by_shape: dict[tuple[int, ...], list[Any]] = {}
    for picture in prepared:
        by_shape.setdefault(tuple(picture.shape), []).append(picture)
    for same in by_shape.values():
        _in_batches(lambda part: network.images(part, checkpoint.tasks[0]), same, batch)


def _in_batches(run: Callable[[list[Any]], Any], items: list[Any], batch: int) -> None:
    for start in range(0, len(items), batch):
        run(items[start : start + batch])


def _timed(run: Callable[[], Any], device: torch.device) -> float:
    """Seconds of the second run; the first warms up. A slow one is not repeated."""
    took = _timed_once(run)
    devices.wait_for(device)
    if took > PLAIN_LIMIT_S:
        return took
    start = time.perf_counter()
    run()
    devices.wait_for(device)
    return time.perf_counter() - start


def _timed_once(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _figures(pages: int, took: float, work: float, peak: float, device: torch.device) -> dict[str, float]:
    memory = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else _resident_bytes()
    rate = pages / took
    return {"pages_per_s": rate, "share_of_peak": rate * work / peak, "peak_memory_gib": memory / 2**30}


def _resident_bytes() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)


def _reset_peak(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def _steps(name: str, choice: devices.DeviceChoice) -> Pointwise | None:
    if name in WAYS:
        return WAYS[name]
    steps = fused(choice.device, choice.dtype)
    return None if steps is PLAIN else steps


def _pages(count: int, *, mixed: bool) -> list[np.ndarray]:
    """Grey noise in blocks, as large as pages come from the renderer."""
    shapes = [A4, LETTER, SLIDE, A4[::-1]] if mixed else [A4]
    random = np.random.default_rng(0)
    pages = []
    for index in range(count):
        rows, columns = shapes[index % len(shapes)]
        blocks = random.integers(0, 256, (rows // 8 + 1, columns // 8 + 1, 3), dtype=np.uint8)
        pages.append(np.ascontiguousarray(blocks.repeat(8, 0).repeat(8, 1)[:rows, :columns]))
    return pages


def _summary(result: dict[str, Any]) -> None:
    best_plain = max((one["pages_per_s"] for one in result["plain"].values()), default=0.0)
    published = max((one["pages_per_s"] for one in result.get(AS_PUBLISHED, {}).values()), default=0.0)
    whole = [one for name, one in result["ours"].items() if name.endswith("pages")]
    best = max(whole, key=lambda one: one["pages_per_s"])
    result |= {
        "pages_per_s": best["pages_per_s"], "share_of_peak": best["share_of_peak"],
        "peak_memory_gib": best["peak_memory_gib"], "plain_pages_per_s": best_plain,
        "times_the_plain_way": best["pages_per_s"] / best_plain if best_plain else None,
        "times_the_published_number_type": best["pages_per_s"] / published if published else None,
    }  # fmt: skip


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _say(options: argparse.Namespace, what: str, figures: dict[str, Any]) -> None:
    line = ", ".join(f"{key} {value:.4g}" for key, value in figures.items())
    print(f"{what}: {line}", file=sys.stderr if options.json else sys.stdout, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--checkpoint", type=Path)
    which.add_argument("--full-size", action="store_true")
    which.add_argument("--reduced", action="store_true")
    parser.add_argument("--pages", type=int, default=32)
    parser.add_argument("--plain-pages", type=int, default=8)
    parser.add_argument("--batch", type=lambda text: [int(one) for one in text.split(",")], default=[1, 4, 8])
    parser.add_argument("--dtype", choices=["float32", "bfloat16"])
    parser.add_argument("--device", choices=["cuda", "mps", "cpu"])
    parser.add_argument("--tokens", type=int)
    parser.add_argument("--mixed", action="store_true")
    parser.add_argument("--steps", type=lambda text: text.split(","), default=[])
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
