"""Office documents to PDF, by a LibreOffice that the user has, else NEEDS_LIBREOFFICE.

LibreOffice is no renderer of ours: it needs to write and to start threads and programs, so it has a wider sandbox
(sandbox.confine: no network, writes to its own folder only), limits on clock, memory and what it may write, and a
profile and a folder of its own that are removed with it. It exits with 0 even when it made nothing (measured, 7.4),
so the file is looked for. Macros do not run in a headless conversion with a fresh profile, and the profile refuses
links to what lies outside.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from indexer.config import RenderLimits
from indexer.documents.fingerprint import Fingerprint
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.render import confine

_ROOT = Path(__file__).resolve().parents[2]
_KEPT = 4
"""Conversions kept for previews of what was just read or searched."""
_LOOK_EVERY_S = 0.1
_WRITTEN_BYTES = 1_000_000_000
"""By one conversion, in all its files together, and never more than half of what is free: the system's limit is for
each file, and a document can make it write any number of them."""
_WEIGH_EVERY_S = 0.5
_USUAL_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\\Program Files\\LibreOffice\\program\\soffice.exe",
    "/usr/lib/libreoffice/program/soffice",
    "/opt/libreoffice/program/soffice",
    "/snap/bin/libreoffice",
)
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse">
<value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse">
<value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks"
 oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""


def find_libreoffice() -> Path | None:
    """The LibreOffice on this machine, from the search path or the usual places."""
    for name in ("soffice", "libreoffice"):
        if found := shutil.which(name):
            return Path(found)
    return next((Path(place) for place in _USUAL_PLACES if os.access(place, os.X_OK)), None)


class OfficeConverter:
    """Converts, one document at a time, and keeps the last few results in a private folder until closed.

    place: that folder, for an engine that has its library to itself: what a killed one left there is removed. Without
    it a folder is made among the system's temporary ones.
    """

    def __init__(
        self,
        limits: RenderLimits,
        program: Callable[[], Path | None] = find_libreoffice,
        place: Path | None = None,
    ) -> None:
        self._limits, self._program, self._place = limits, program, place
        self._turn = threading.Lock()
        self._folder: Path | None = None
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)
        self._made: OrderedDict[tuple[str, Fingerprint], Path] = OrderedDict()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._count = 0

    def pdf_of(self, path: Path, found: Fingerprint, cancelled: Callable[[], bool] | None) -> Path:
        """The document as PDF. Raises NEEDS_LIBREOFFICE, DOCUMENT_BROKEN, RENDER_TIMEOUT, CANCELLED."""
        with self._turn:
            key = (str(path), found)
            if key in self._made and self._made[key].exists():
                self._made.move_to_end(key)
                return self._made[key]
            program = self._program()
            if program is None:
                raise PagebeamError(ErrorCode.NEEDS_LIBREOFFICE, str(path))
            made = self._convert(program, path, cancelled)
            self._made[key] = made
            while len(self._made) > _KEPT:
                _, oldest = self._made.popitem(last=False)
                oldest.unlink(missing_ok=True)
            return made

    def forget(self) -> None:
        """Remove all results: one of them may be of a document that must leave nothing."""
        with self._turn:
            for made in self._made.values():
                made.unlink(missing_ok=True)
            self._made.clear()

    def close(self) -> None:
        """End a running conversion and remove all results."""
        self._closed = True
        if self._process is not None:
            _kill(self._process)
        with self._turn:
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None

    def _convert(self, program: Path, path: Path, cancelled: Callable[[], bool] | None) -> Path:
        if self._folder is None:
            self._folder = self._place or Path(tempfile.mkdtemp(prefix="pagebeam-office-"))
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._count += 1
        work = self._folder / f"work-{self._count}"
        (work / "profile" / "user").mkdir(parents=True)
        (work / "profile" / "user" / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
        (work / "out").mkdir()
        # A copy under a plain name: no lock file beside the original, and no name that LibreOffice could misread.
        copy = work / f"document{path.suffix.lower() if path.suffix.isascii() else ''}"
        try:
            shutil.copyfile(path, copy)
            self._run(program, work, copy, path, cancelled)
            result = next(iter((work / "out").glob("*.pdf")), None)
            if result is None or result.stat().st_size == 0:
                raise PagebeamError(ErrorCode.DOCUMENT_BROKEN, str(path))
            return result.rename(self._folder / f"{self._count}.pdf")
        except FileNotFoundError as problem:
            raise PagebeamError(ErrorCode.FILE_MISSING, str(path)) from problem
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _run(self, program: Path, work: Path, copy: Path, path: Path, cancelled: Callable[[], bool] | None) -> None:
        command = [str(program), f"-env:UserInstallation={(work / 'profile').as_uri()}", "--headless", "--norestore"]
        command += ["--nologo", "--nodefault", "--nolockcheck", "--convert-to", "pdf", "--outdir", str(work / "out")]
        command = confine.command(work, [*command, str(copy)])
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "SYSTEMROOT") if name in os.environ}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,  # its end is the end of the conversion: see confine.py
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=kept | {"HOME": str(work), "TMPDIR": str(work), "SAL_USE_VCLPLUGIN": "svp", "PYTHONPATH": str(_ROOT)},
            cwd=work,
            start_new_session=True,
        )
        _limit(self._process, self._limits)
        sockets = _sockets()
        deadline, weigh_at = time.monotonic() + self._limits.wall_s, 0.0
        most_bytes = min(_WRITTEN_BYTES, shutil.disk_usage(work).free // 2)
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(_LOOK_EVERY_S)
                    return
                now = time.monotonic()
                if self._closed or (cancelled is not None and cancelled()):
                    raise PagebeamError(ErrorCode.CANCELLED, str(path))
                if now > deadline:
                    raise PagebeamError(ErrorCode.RENDER_TIMEOUT, str(path), limit=f"{self._limits.wall_s:g}")
                if now > weigh_at:
                    if _weight(work) > most_bytes:
                        limit = f"{most_bytes // 1_000_000} MB while it is converted"
                        raise PagebeamError(ErrorCode.FILE_TOO_LARGE, str(path), limit=limit)
                    weigh_at = now + _WEIGH_EVERY_S
        finally:
            _kill(self._process)
            self._process = None
            _remove_dead(_sockets() - sockets)


def _weight(folder: Path) -> int:
    """What lies below a folder, in bytes."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):  # removed meanwhile
                total += os.lstat(os.path.join(place, name)).st_size
    return total


def _limit(process: "subprocess.Popen[bytes]", limits: RenderLimits) -> None:
    """Limits put on the running process from outside: no code of ours runs between fork and exec."""
    if sys.platform.startswith("linux"):
        import resource

        for what, value in (
            (resource.RLIMIT_CPU, limits.cpu_s),
            (resource.RLIMIT_DATA, limits.memory_bytes),
            (resource.RLIMIT_FSIZE, _WRITTEN_BYTES),
            (resource.RLIMIT_CORE, 0),
        ):
            with contextlib.suppress(OSError, ValueError):
                resource.prlimit(process.pid, what, (value, value))


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End it and what it started: soffice is a script that starts the program proper."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    if process.stdin is not None:
        process.stdin.close()
    process.wait()


def _sockets() -> set[Path]:
    """The sockets of single LibreOffices of this user: it makes one in /tmp, and a killed one leaves it there."""
    if sys.platform == "win32":
        return set()
    return set(Path("/tmp").glob(f"OSL_PIPE_{os.getuid()}_SingleOfficeIPC_*"))  # noqa: S108 - its place, not ours


def _remove_dead(sockets: set[Path]) -> None:
    """Remove those that no process listens at any more; another LibreOffice may have started meanwhile."""
    try:
        alive = Path("/proc/net/unix").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return  # not Linux: cannot tell, so leave them
    for path in sockets:
        if str(path) not in alive:
            with contextlib.suppress(OSError):
                path.unlink()
