"""Every benchmark still fits the code that it measures."""

import subprocess
import sys
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parent / "benchmarks").glob("*.py"))
SCRIPTS = [file for file in FILES if "__main__" in file.read_text(encoding="utf-8")]  # the others are parts of them


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_benchmark_explains_itself(script):
    done = subprocess.run([sys.executable, str(script), "--help"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-500:]
    assert "usage" in done.stdout
