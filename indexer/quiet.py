"""Nothing leaves this computer: switches that keep libraries from calling home, set before any of them is imported."""

import os

_SWITCHES = {
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


def set_switches() -> None:
    """Set every switch for this process and its children."""
    os.environ.update(_SWITCHES)
