"""Opening a document at a page, and showing it in its folder, with the user's own programs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices

from indexer.protocol.values import DocumentKind, PageResult

_PAGE_ARGUMENTS = {
    "evince": ("--page-index={page}",),
    "okular": ("--page", "{page}"),
    "xpdf": ("{page}",),
    "zathura": ("--page={page}",),
}
"""Linux viewers that take a page; elsewhere the system's viewer opens the document at its beginning."""


def open_page(result: PageResult | None) -> None:
    """Open the document, at the page where the viewer can."""
    if result is None:
        return
    if sys.platform.startswith("linux") and result.kind is DocumentKind.PDF:
        for program, arguments in _PAGE_ARGUMENTS.items():
            if shutil.which(program):
                chosen = [argument.format(page=result.key.page) for argument in arguments]
                order = [result.path, *chosen] if program == "xpdf" else [*chosen, result.path]
                QProcess.startDetached(program, order)
                return
    QDesktopServices.openUrl(QUrl.fromLocalFile(result.path))


def reveal(result: PageResult | None) -> None:
    """Show the document in its folder."""
    if result is None:
        return
    if sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", result.path])
    elif os.name == "nt":
        subprocess.Popen(f'explorer /select,"{result.path}"')
    else:
        uri = QUrl.fromLocalFile(result.path).toString(QUrl.ComponentFormattingOption.FullyEncoded)
        call = [
            "--session",
            "--dest=org.freedesktop.FileManager1",
            "--type=method_call",
            "/org/freedesktop/FileManager1",
        ]
        call += ["org.freedesktop.FileManager1.ShowItems", f"array:string:{uri}", "string:"]
        if not (shutil.which("dbus-send") and QProcess.startDetached("dbus-send", call)):
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(result.path).parent)))
