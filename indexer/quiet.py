"""Switches for libraries, set before any of them is imported: nothing calls home, waiting threads sleep, and those that
run Python take short turns.

Threads of a matrix product that spin while they wait for each other take the processor from everybody else, and on a
busy machine from themselves: a MiniLM pass over 256 pieces took 0.84 s spinning and 0.24 s sleeping, beside three other
busy programs on two cores.
"""

import os
import sys

_TURN_S = 0.0005
"""How long a thread may run Python while another waits for it: a search gives the lock away at every piece of machine
code and every read. Beside a thread that only runs Python half of all searches took 71 ms with Python's own
5 ms, 47 with 1 and 37 with 0.3.
"""
_SWITCHES = {
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTORCH_ENABLE_MPS_FALLBACK": "1",  # what Apple's graphics processor cannot do, the processor does
    "OMP_WAIT_POLICY": "passive",
    "GOMP_SPINCOUNT": "0",
    "KMP_BLOCKTIME": "0",
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # its own pool keeps what was freed, out of reach of malloc_trim
    "OPENBLAS_NUM_THREADS": "1",  # its threads spin: numpy's product of 512 vectors took 44 ms on a busy machine, not 3
}


def set_switches(*, may_download: bool = False) -> None:
    """Set every switch for this process and its children. Only the download's own process may speak to the hub."""
    os.environ.update(_SWITCHES)
    sys.setswitchinterval(_TURN_S)
    if may_download:
        for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
            os.environ.pop(name, None)
        os.environ["HF_HUB_DISABLE_XET"] = "1"  # plain HTTP can go on where it stopped, in any process
        os.environ["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1"  # noqa: S105 (a switch, not a secret)
