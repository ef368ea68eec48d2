"""The house's rules that only a running process can prove."""

import subprocess
import sys

HEAVY = ("torch", "transformers", "peft", "pymupdf", "pypdfium2", "lancedb", "numpy", "onnxruntime")


def loaded_by(module: str) -> set[str]:
    script = f"import sys, {module}; print(' '.join(name.split('.')[0] for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_window_loads_no_models_no_pdf_code_and_no_database():
    loaded = loaded_by("app.startup")
    assert "PySide6" in loaded
    assert not loaded.intersection(HEAVY)


def test_the_engine_loads_no_qt():
    assert "PySide6" not in loaded_by("indexer.serve")


def test_the_engine_switches_telemetry_off_before_anything_is_imported():
    script = (
        "import indexer.__main__ as m, os, sys\n"
        "assert not {'torch', 'onnxruntime', 'pymupdf', 'huggingface_hub'} & set(sys.modules)\n"
        "m.quiet.set_switches()\n"
        "print(os.environ['DO_NOT_TRACK'], os.environ['HF_HUB_OFFLINE'], os.environ['ORT_DISABLE_TELEMETRY'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "1", "1"]


def test_threads_of_the_engine_take_short_turns():
    script = "import indexer.__main__ as m, sys; m.quiet.set_switches(); print(sys.getswitchinterval())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert float(done.stdout) <= 0.001
