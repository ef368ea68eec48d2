"""Hostile documents: each costs itself only, ends with a reason, and is never written to.

The first round reads the documents as they are. Every further round reads copies of them that were damaged by chance:
bits flipped, cut short, parts exchanged, headers of one kind on the content of another. Between the files of each
round stand good ones, which must all be found. The engine must be the same process at the end, and leave none behind.

Memory is told for engine and renderers apart. The ceiling of 900 MB is for reading documents as people have them; a
hostile one may bring a renderer, for a moment, to the limit of renderers (2 GB, `RenderLimits.memory_bytes`), where it
is killed, so only the engine's own part is held to a limit here.
"""

import hashlib
import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from corpus import copied, sources
from driving import Driven, Peak, ended, failures_by_reason, messages, options, progress, told

GOOD = 5
WORD = "quetzalcoatl"


def damaged(content: bytes, heads: list[bytes], dice: random.Random) -> bytes:
    """The content, hurt in one of several ways; `heads` are the beginnings of all documents."""
    data = bytearray(content)
    match dice.randrange(5):
        case 0:
            for _ in range(dice.randrange(1, 64)):
                data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        case 1:
            del data[dice.randrange(len(data)) :]
        case 2:
            start = dice.randrange(len(data))
            data[start : start + dice.randrange(1, 5000)] = dice.randbytes(dice.randrange(1, 5000))
        case 3:
            data = bytearray(dice.choice(heads)) + data[1024:]
        case _:
            start, length = dice.randrange(len(data)), dice.randrange(1, 10_000)
            data[start:start] = data[start : start + length] * dice.randrange(1, 50)
    return bytes(data)


def fill(folder: Path, sources: list[Path], dice: random.Random, *, hurt: bool) -> int:
    """Copy the documents, damaged or not, and good ones between them; gives how many files there are."""
    heads = [beginning(path) for path in sources] if hurt else []
    for number, path in enumerate(sources):
        made = copied(path, folder, number)
        if hurt and made.stat().st_size:
            made.write_bytes(damaged(made.read_bytes(), heads, dice))
    for number in range(GOOD):
        (folder / f"good-{number}.txt").write_text(f"Good page {number} about {WORD}.\n")
    return len(sources) + GOOD


def beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1024)


def prints(folder: Path) -> dict[str, tuple[str, int]]:
    """What is in each file, and when it was written."""
    found = {}
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            found[path.name] = hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_mtime_ns
    return found


def main() -> int:
    parser = options(__doc__, 3, "times over all documents")
    parser.add_argument("--engine-mb", type=float, default=900.0, help="memory the engine itself may take (900)")
    parser.add_argument("--largest", type=int, default=50_000_000, help="leave larger files out (50000000 bytes)")
    parser.add_argument("--most", type=int, default=1000, help="of more documents so many are drawn (1000)")
    chosen = parser.parse_args()
    dice, peak = random.Random(chosen.seed), Peak()
    lost = left = changed = 0
    worst_s, reasons, broken = 0.0, Counter(), []
    every = sources(parser, chosen.documents, chosen.largest)
    chosen_ones = every if len(every) <= chosen.most else sorted(dice.sample(every, chosen.most))
    for number in range(chosen.rounds):
        with tempfile.TemporaryDirectory(prefix="pagebeam-hostile-") as work:
            folder = Path(work, "documents")
            folder.mkdir()
            count = fill(folder, chosen_ones, dice, hurt=number > 0)
            before = prints(folder)
            engine = peak.engine = Driven(Path(work, "library"))
            worst_s = max(worst_s, engine.restart_s)
            try:
                engine.ask(messages.AddPaths, paths=(str(folder),))
                status = engine.until(lambda s, n=count: s.documents == n and s.waiting == 0)
                reasons.update(failures_by_reason(engine))
                found = {hit.path for hit in engine.ask(messages.Search, query=f'"{WORD}"', k=200).results}
                lost += GOOD - len([path for path in found if "good-" in path])
                lost += count - status.indexed - status.failed
            except (ConnectionError, TimeoutError) as problem:
                broken.append(f"round {number}: {problem}")
            progress(f"round {number + 1} of {chosen.rounds}: {count} files, {sum(reasons.values())} failures in all")
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
        "documents": len(chosen_ones),
        "rounds_in_which_a_document_was_written_to": changed,
    }
    broken += [name for name in ("lost", "leaked_processes") if result[name]]
    broken += ["a document was written to"] if changed else []
    broken += ["peak_engine_mb"] if result["peak_engine_mb"] > chosen.engine_mb else []
    return told(result, broken)


if __name__ == "__main__":
    sys.exit(ended(main))
