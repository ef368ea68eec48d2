"""What a renderer gives up for good: sockets, writing, running programs; and that it can still read and draw."""

import subprocess
import sys
from pathlib import Path

import pytest

from indexer.render.pool import RenderPool

ROOT = Path(__file__).parents[2]
_ENTER = """
import os, sys, socket, subprocess, threading
from indexer.render import sandbox, wire
active = sandbox.enter(wire.Settings(1, 1, 1, 5, 500_000_000, 1, True))
"""


def in_sandbox(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _ENTER + code, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60
    )


def refused(code: str, *arguments: str) -> str:
    """Runs `code` inside the sandbox; the name of the error that stopped it, "" if nothing did."""
    body = "".join(f"    {line}\n" for line in code.splitlines())
    run = in_sandbox(
        f"try:\n{body}\nexcept (OSError, MemoryError) as problem: print(type(problem).__name__)", *arguments
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


needs_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what other systems lack is documented")


@needs_linux
@pytest.mark.parametrize(
    "code",
    [
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
        "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
        "socket.socket(socket.AF_UNIX)",
        "socket.socketpair()",
        "subprocess.run(['/bin/true'])",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.kill(os.getppid(), 0)",
        "open(sys.argv[1] + '/new', 'w')",
        "open(sys.argv[1] + '/there', 'r+')",
        "os.open(sys.argv[1] + '/there', os.O_WRONLY | os.O_TRUNC)",
        "os.open(sys.argv[1], os.O_TMPFILE | os.O_RDWR)",
        "os.unlink(sys.argv[1] + '/there')",
        "os.rename(sys.argv[1] + '/there', sys.argv[1] + '/moved')",
        "os.mkdir(sys.argv[1] + '/folder')",
        "os.chmod(sys.argv[1] + '/there', 0o777)",
        "os.utime(sys.argv[1] + '/there')",
        "os.truncate(sys.argv[1] + '/there', 0)",
        "os.symlink('a', sys.argv[1] + '/link')",
        "os.link(sys.argv[1] + '/there', sys.argv[1] + '/hard')",
        "os.setxattr(sys.argv[1] + '/there', 'user.a', b'b')",
        "bytearray(3_000_000_000)",
    ],
)
def test_it_cannot(tmp_path: Path, code: str) -> None:
    (tmp_path / "there").write_text("content")
    assert refused(code, str(tmp_path)) in ("PermissionError", "OSError", "MemoryError", "BlockingIOError")
    assert [entry.name for entry in tmp_path.iterdir()] == ["there"]
    assert (tmp_path / "there").read_text() == "content"


@needs_linux
def test_it_can_still_read_list_and_start_threads(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("content")
    run = in_sandbox(
        "thread = threading.Thread(target=lambda: print(open(sys.argv[1] + '/there').read(), os.listdir(sys.argv[1])))"
        "\nthread.start(); thread.join()",
        str(tmp_path),
    )
    assert run.stdout == "content ['there']\n", run.stderr


@needs_linux
def test_without_landlock_the_call_filter_still_refuses_writing(tmp_path: Path) -> None:
    code = "import indexer.render.sandbox as s\ns.landlock.restrict = lambda libc: []\n" + _ENTER
    code += "assert not any(name.startswith('landlock') for name in active), active\n"
    code += "try:\n    open(sys.argv[1] + '/new', 'w')\nexcept PermissionError:\n    print('refused')"
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    if "seccomp" in run.stderr:
        pytest.skip("no seccomp here")
    assert run.stdout == "refused\n", run.stderr


@needs_linux
def test_a_pool_says_what_is_in_force(pool: RenderPool) -> None:
    active = pool.sandbox()
    assert {"rlimits", "no-new-privileges"} <= set(active)


def test_a_renderer_loads_neither_models_nor_telemetry() -> None:
    code = (
        "import sys\nfrom indexer.render import worker\nworker._load_early()\n"
        "unwanted = ('torch', 'onnxruntime', 'networkx', 'transformers', 'lancedb')\n"
        "print([name for name in unwanted if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.stdout == "[]\n", run.stderr
