"""How long the window's thread is kept from its events while 1,000 pages are read, searched and looked at.

    python tests/benchmarks/heartbeat.py [--pages 1000]

The real window (offscreen unless --screen is given) with a real engine. A timer of 10 ms beats in the
GUI thread; what is reported is how late its beats came. Meanwhile the window does what a user would: asks questions,
picks pages, isolates words, opens Activity.

On Linux the kernel says how long the thread was ready but waited for a processor that others had (schedstat); `own`
figures leave that time out, so that a busy machine is told apart from a window that blocks itself. `work` is what the
thread itself computed between two beats: it shows what there is to mend even where a host takes processors away unseen.
"""

import argparse
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from pathlib import Path

_BEAT_MS = 10
_ACT_EVERY_MS = 1500
_WORDS = (
    "heating",
    "pump",
    "cost",
    "winter",
    "invoice",
    "meter",
    "boiler",
    "tariff",
    "energy",
    "house",
    "roof",
    "window",
    "insulation",
    "contract",
    "garden",
    "library",
    "harbour",
    "lighthouse",
    "visitor",
    "report",
    "budget",
    "salary",
)


def waited_for_processor_ms() -> float:
    """How long this thread has been ready to run without a processor, in all; 0 where the kernel does not tell."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e6
    except (OSError, IndexError, ValueError):
        return 0.0


def make_documents(folder: Path, pages: int) -> None:
    """PDFs of ten pages, about 300 words a page."""
    import pymupdf

    chance = random.Random(7)
    for number in range(pages // 10):
        document = pymupdf.open()
        for _ in range(10):
            text = " ".join(chance.choice(_WORDS) for _ in range(300))
            document.new_page().insert_textbox(pymupdf.Rect(60, 60, 540, 780), text, fontsize=11)
        document.save(folder / f"document-{number:03}.pdf")
        document.close()


def main() -> int:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--screen", action="store_true", help="on the screen instead of offscreen")
    parser.add_argument("--limit-s", type=int, default=900)
    options = parser.parse_args()
    if not options.screen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    root = Path(tempfile.mkdtemp(prefix="pagebeam-heartbeat-"))
    (root / "documents").mkdir()
    # In a process of its own: what PyMuPDF brings along (models, threads) is not in the window's process either.
    made = (root / "documents", options.pages)
    maker = multiprocessing.get_context("spawn").Process(target=make_documents, args=made)
    maker.start()
    maker.join()
    print(json.dumps(measure(root, options.pages, options.limit_s), indent=1))
    return 0


def measure(root: Path, pages: int, limit_s: int) -> dict[str, object]:
    """Read the documents with the window open; gives the beats' delays in milliseconds."""
    from PySide6.QtCore import QElapsedTimer, Qt, QTimer
    from PySide6.QtWidgets import QApplication

    from app.engine.link import EngineLink, engine_command
    from app.settings import Settings
    from app.startup import keep_still
    from app.theme.style import Theme
    from app.views.main_window import MainWindow

    app = QApplication(sys.argv[:1])
    settings = Settings(root / "settings.toml")
    link = EngineLink(engine_command(str(root / "library")))
    window = MainWindow(link, Theme(app, settings), settings)
    window.show()
    keep_still()
    clock = QElapsedTimer()
    late: list[float] = []
    own: list[float] = []
    worst: list[tuple[float, float, str]] = []
    waited, worked, work = [0.0], [0.0], list[float]()
    doing = ["starting"]
    beat = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=_BEAT_MS)

    def tick() -> None:
        gap = max(0.0, clock.nsecsElapsed() / 1e6 - _BEAT_MS)
        clock.restart()
        now = waited_for_processor_ms()
        late.append(gap)
        own.append(max(0.0, gap - (now - waited[0])))
        waited[0] = now
        busy = time.thread_time() * 1000
        work.append(busy - worked[0])
        worked[0] = busy
        if own[-1] > 20:
            worst.append((round(own[-1], 1), round(gap, 1), doing[0]))

    beat.timeout.connect(tick)
    chance = random.Random(3)
    asked = [0]

    def act() -> None:
        step = asked[0] % 6
        asked[0] += 1
        doing[0] = ("ask", "pick", "isolate", "all words", "activity", "list or grid")[step]
        if step == 0:
            window.pane.search.question.setText(" ".join(chance.sample(_WORDS, 3)))
            window.ask()
        elif step == 1 and window.results.rowCount() > 3:
            window.pane.grid.setCurrentIndex(window.results.index(chance.randrange(3)))
        elif step == 2:
            window.pane.tokens.pick(1)
        elif step == 3:
            window.pane.tokens.pick(0)
        elif step == 4:
            window.toggle_activity()
        else:
            window.pane.set_as_list(asked[0] % 12 < 6)

    acting = QTimer(interval=_ACT_EVERY_MS)
    acting.timeout.connect(act)

    def watch() -> None:
        read = sum(folder.pages for folder in window.folder_model.folders())
        if read >= pages or time.perf_counter() - started > limit_s:
            app.quit()

    watching = QTimer(interval=500)
    watching.timeout.connect(watch)
    started = time.perf_counter()

    def begin() -> None:
        nonlocal started
        started = time.perf_counter()
        window.add_paths([str(root / "documents")])
        clock.start()
        waited[0], worked[0] = waited_for_processor_ms(), time.thread_time() * 1000
        for timer in (beat, acting, watching):
            timer.start()

    link.ready.connect(begin)
    link.start()
    app.exec()
    took = time.perf_counter() - started
    read = sum(folder.pages for folder in window.folder_model.folders())
    link.close()
    figures: dict[str, object] = {"pages_read": read, "seconds": round(took, 1), "beats": len(late)}
    for name, values in (("late", sorted(late)), ("own", sorted(own)), ("work", sorted(work))):
        figures[f"{name}_ms_p50"] = round(values[len(values) // 2], 2)
        figures[f"{name}_ms_p99"] = round(values[int(len(values) * 0.99)], 2)
        figures[f"{name}_ms_max"] = round(values[-1], 1)
        figures[f"{name}_over_50_ms"] = sum(gap > 50 for gap in values)
    return {**figures, "worst_own_late_doing": sorted(worst, reverse=True)[:15]}


if __name__ == "__main__":
    sys.exit(main())
