"""Hostile documents: each costs itself only, ends with a reason, and is never written to.

The first round reads the documents as they are. Every further round reads copies of them that were damaged by chance:
bits flipped, cut short, parts exchanged, headers of one kind on the content of another. Between the files of each
round stand good ones, which must all be found. The engine must be the same process at the end, and leave none behind.

Memory is told for engine and renderers apart. The ceiling of 900 MB is for reading documents as people have them; a
hostile one may bring a renderer, for a moment, to the limit of renderers (2 GB, `RenderLimits.memory_bytes`), where it
is killed, so only the engine's own part is held to a limit here.
"""

import hashlib
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from driving import Driven, Peak, failures_by_reason, messages, options, told

from indexer.documents.kinds import could_be_document

GOOD = 5
WORD = "quetzalcoatl"


def damaged(content: bytes, others: list[bytes], dice: random.Random) -> bytes:
    """The content, hurt in one of several ways."""
    data = bytearray(content)
    match dice.randrange(5):
        case 0:
            for _ in range(dice.randrange(1, 64)):
                data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        case 1:
            del data[dice.randrange(len(data)) :]
        case 2:
            start = dice.randrange(len(data))
            data[start : start + dice.randrange(1, 5000)] = os.urandom(0) + dice.randbytes(dice.randrange(1, 5000))
        case 3:
            data = bytearray(dice.choice(others)[:1024]) + data[1024:]
        case _:
            start, length = dice.randrange(len(data)), dice.randrange(1, 10_000)
            data[start:start] = data[start : start + length] * dice.randrange(1, 50)
    return bytes(data)


def fill(folder: Path, sources: list[Path], dice: random.Random, *, hurt: bool) -> int:
    """Copy the documents, damaged or not, and good ones between them; gives how many files there are."""
    contents = [path.read_bytes() for path in sources]
    for number, (path, content) in enumerate(zip(sources, contents, strict=True)):
        bad = damaged(content, contents, dice) if hurt and content else content
        (folder / f"{number:04d}-{path.name}").write_bytes(bad)
    for number in range(GOOD):
        (folder / f"good-{number}.txt").write_text(f"Good page {number} about {WORD}.\n")
    return len(sources) + GOOD


def prints(folder: Path) -> dict[str, tuple[str, int]]:
    """What is in each file, and when it was written."""
    return {
        str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def main() -> int:
    parser = options(__doc__, 3, "times over all documents")
    parser.add_argument("--engine-mb", type=float, default=900.0, help="memory the engine itself may take (900)")
    parser.add_argument("--largest", type=int, default=50_000_000, help="leave larger files out (50000000 bytes)")
    chosen = parser.parse_args()
    dice, peak = random.Random(chosen.seed), Peak()
    lost = left = changed = 0
    worst_s, reasons, broken = 0.0, Counter(), []
    every = (path for path in sorted(chosen.documents.rglob("*")) if path.is_file() and could_be_document(path.name))
    sources = [path for path in every if path.stat().st_size <= chosen.largest]
    for number in range(chosen.rounds):
        with tempfile.TemporaryDirectory(prefix="pagebeam-hostile-") as work:
            folder = Path(work, "documents")
            folder.mkdir()
            count = fill(folder, sources, dice, hurt=number > 0)
            before = prints(folder)
            engine = peak.engine = Driven(Path(work, "library"))
            worst_s = max(worst_s, engine.restart_s)
            try:
                engine.ask(messages.AddPaths, paths=(str(folder),))
                status = engine.until(lambda s, n=count: s.documents == n and s.waiting == 0, 3600)
                reasons.update(failures_by_reason(engine))
                found = {hit.path for hit in engine.ask(messages.Search, query=f'"{WORD}"', k=200).results}
                lost += GOOD - len([path for path in found if "good-" in path])
                lost += count - status.indexed - status.failed
            except (ConnectionError, TimeoutError) as problem:
                broken.append(f"round {number}: {problem}")
            left += engine.close()
            changed += prints(folder) != before
            shutil.rmtree(work, ignore_errors=True)
    result = {
        "script": "hostile",
        "rounds": chosen.rounds,
        "lost": lost,
        "duplicated": 0,
        "leaked_processes": left,
        "worst_restart_s": round(worst_s, 2),
        **peak.end(),
        "failures": dict(reasons.most_common()),
        "documents": len(sources),
        "rounds_in_which_a_document_was_written_to": changed,
    }
    broken += [name for name in ("lost", "leaked_processes") if result[name]]
    broken += ["a document was written to"] if changed else []
    broken += ["peak_engine_mb"] if result["peak_engine_mb"] > chosen.engine_mb else []
    return told(result, broken)


if __name__ == "__main__":
    sys.exit(main())
