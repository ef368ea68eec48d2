"""Opener: a document at its page, or in its folder, with the user's own programs; it never waits for them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QRunnable, QThreadPool, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices

from indexer.protocol.values import DocumentKind, PageResult

_PAGE_ARGUMENTS: dict[str, tuple[str, ...]] = {
    "evince": ("--page-index={page}", "{path}"),
    "papers": ("--page-index={page}", "{path}"),
    "atril": ("--page-index={page}", "{path}"),
    "xreader": ("--page-index={page}", "{path}"),
    "okular": ("--page", "{page}", "{path}"),
    "zathura": ("--page={page}", "{path}"),
    "qpdfview": ("--unique", "{path}#{page}"),
    "mupdf": ("{path}", "{page}"),
    "xpdf": ("{path}", "{page}"),
    "firefox": ("{url}#page={page}",),
    "chromium": ("{url}#page={page}",),
    "google-chrome": ("{url}#page={page}",),
    "brave-browser": ("{url}#page={page}",),
    "microsoft-edge": ("{url}#page={page}",),
}
"""Programs on Linux that take a page, by the name of their command and the arguments they want."""


def page_command(default: str, path: str, page: int) -> list[str] | None:
    """The command that opens a PDF at a page in the user's default program, by its desktop file's name.

    >>> page_command("org.gnome.Evince.desktop", "/a.pdf", 12)
    ['evince', '--page-index=12', '/a.pdf']

    None when the program is not known to take a page. Without a default the first program that is there is taken.
    """
    known = [name for name in _PAGE_ARGUMENTS if name in default.lower()]
    if not default:
        known = [name for name in _PAGE_ARGUMENTS if shutil.which(name)]
    if not known:
        return None
    url = QUrl.fromLocalFile(path).toString(QUrl.ComponentFormattingOption.FullyEncoded)
    return [known[0], *(part.format(page=page, path=path, url=url) for part in _PAGE_ARGUMENTS[known[0]])]


class Opener(QObject):
    """Signals: missing(path), the document is not there (any more); unopened(path), no program here opens it."""

    missing = Signal(str)
    unopened = Signal(str)
    _found = Signal(object, bool, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._found.connect(self._go_on)

    def open(self, result: PageResult | None) -> None:
        """Open the document, at the page where the user's program can."""
        if result is not None:
            QThreadPool.globalInstance().start(_Look(self._found, result, reveal=False))

    def reveal(self, result: PageResult | None) -> None:
        """Show the document in its folder."""
        if result is not None:
            QThreadPool.globalInstance().start(_Look(self._found, result, reveal=True))

    @Slot(object, bool, bool)
    def _go_on(self, result: PageResult, there: bool, reveal: bool) -> None:
        if not there:
            self.missing.emit(result.path)
        elif reveal:
            _reveal(result.path)
        elif sys.platform.startswith("linux") and result.kind is DocumentKind.PDF and shutil.which("xdg-mime"):
            asked = QProcess(self)
            asked.finished.connect(
                lambda: self._open_with(bytes(asked.readAllStandardOutput().data()).decode(), result)
            )
            asked.finished.connect(asked.deleteLater)
            asked.start("xdg-mime", ["query", "default", "application/pdf"])
        else:
            self._open_with("", result)

    def _open_with(self, default: str, result: PageResult) -> None:
        if sys.platform.startswith("linux") and result.kind is DocumentKind.PDF:
            command = page_command(default.strip(), result.path, result.key.page)
            if command is not None and shutil.which(command[0]) and _start(command):
                return
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(result.path)):
            self.unopened.emit(result.path)


class _Look(QRunnable):
    """Whether a file is there; a share that is asleep may take seconds to say."""

    def __init__(self, found: object, result: PageResult, *, reveal: bool) -> None:
        super().__init__()
        self._found, self._result, self._reveal = found, result, reveal

    def run(self) -> None:
        self._found.emit(self._result, Path(self._result.path).exists(), self._reveal)  # type: ignore[attr-defined]


def _start(command: list[str]) -> bool:
    process = QProcess()
    process.setProgram(command[0])
    process.setArguments(command[1:])
    if getattr(sys, "frozen", False):  # the user's program must not load the libraries that we bring
        environment = QProcessEnvironment.systemEnvironment()
        original = environment.value("LD_LIBRARY_PATH_ORIG", "")
        if original:
            environment.insert("LD_LIBRARY_PATH", original)
        else:
            environment.remove("LD_LIBRARY_PATH")
        process.setProcessEnvironment(environment)
    started = process.startDetached()
    return bool(started[0] if isinstance(started, tuple) else started)


def _reveal(path: str) -> None:
    if sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", path])
    elif os.name == "nt":
        subprocess.Popen(f'explorer /select,"{path}"')
    else:
        uri = QUrl.fromLocalFile(path).toString(QUrl.ComponentFormattingOption.FullyEncoded)
        call = ["--session", "--dest=org.freedesktop.FileManager1", "--type=method_call"]
        call += ["/org/freedesktop/FileManager1", "org.freedesktop.FileManager1.ShowItems"]
        call += [f"array:string:{uri}", "string:"]
        if not (shutil.which("dbus-send") and _start(["dbus-send", *call])):
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path).parent)))
