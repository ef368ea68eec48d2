"""Which device and number type a network runs with, the reason as text, and how fast it multiplies matrices."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil
import torch

MATRIX_SIDE = {"cpu": 1024, "mps": 4096, "cuda": 8192}
"""Square matrices large enough to reach the device's rate and small enough to be measured in a moment."""
_BF16_SINCE = 8
"""CUDA compute capability (major) from which bfloat16 has its own units (Ampere)."""


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """A device, the number type it does well, its name for people, and why both were chosen."""

    device: torch.device
    dtype: torch.dtype
    name: str
    reason: str


def choose_device(device: str | None = None, dtype: str | None = None) -> DeviceChoice:
    """The best device here, or the one asked for ("cuda", "mps", "cpu"; dtype "float32" or "bfloat16")."""
    kind = device or _best()
    choice = {"cuda": _cuda, "mps": _mps, "cpu": _cpu}[kind.partition(":")[0]]()
    if dtype is not None:
        asked: torch.dtype = getattr(torch, dtype)
        return DeviceChoice(choice.device, asked, choice.name, f"{dtype} because the settings ask for it.")
    return choice


def free_memory_bytes(device: torch.device) -> int:
    """What can still be taken on the device; on a processor, of the computer's memory."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))
    if device.type == "mps":
        free = torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
        return int(min(free, psutil.virtual_memory().available))
    return int(psutil.virtual_memory().available)


def matrix_rate(device: torch.device, dtype: torch.dtype, at_least_s: float = 0.3) -> float:
    """Floating-point operations a second of one large matrix product on random numbers: the device's real peak."""
    side = MATRIX_SIDE[device.type]
    left = torch.randn(side, side, device=device, dtype=dtype)
    right = torch.randn(side, side, device=device, dtype=dtype)
    best, spent = math.inf, 0.0
    with torch.inference_mode():
        for _ in range(3):
            torch.mm(left, right)
        repeats = 1 if device.type == "cpu" else 10
        while spent < at_least_s:
            wait_for(device)
            start = time.perf_counter()
            for _ in range(repeats):
                torch.mm(left, right)
            wait_for(device)
            took = time.perf_counter() - start
            best, spent = min(best, took / repeats), spent + took
    return 2.0 * side**3 / best


def wait_for(device: torch.device) -> None:
    """Return when the device has done all that was asked of it."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def milestone(device: torch.device) -> Callable[[], None]:
    """A wait that returns when the device has done what it was asked for until now; it sleeps, other threads run."""
    if device.type == "cuda":
        done = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
        done.record()
        return done.synchronize
    if device.type == "mps":
        reached = torch.mps.event.Event()
        reached.record()
        return reached.synchronize
    return lambda: None  # a processor is done when it returns


def _best() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _cuda() -> DeviceChoice:
    device = torch.device("cuda", torch.cuda.current_device())
    card = torch.cuda.get_device_name(device)
    major, _ = torch.cuda.get_device_capability(device)
    if major >= _BF16_SINCE:
        reason = f"{card} is the fastest device here, and bfloat16 is the type it computes fastest."
    else:
        # float16 overflows in this family of models, and float32 needs twice the memory of the card.
        reason = f"{card} is the fastest device here; it has no units for bfloat16 and is slower than newer cards."
    return DeviceChoice(device, torch.bfloat16, f"{card} (CUDA)", reason)


def _mps() -> DeviceChoice:
    device = torch.device("mps")
    try:
        torch.ones(2, 2, device=device, dtype=torch.bfloat16).sum().item()
    except (RuntimeError, TypeError):
        reason = "Apple's graphics processor is the fastest device here; this system has no bfloat16 for it."
        return DeviceChoice(device, torch.float32, "Apple graphics processor (Metal)", reason)
    reason = "Apple's graphics processor is the fastest device here, and bfloat16 halves the memory the model takes."
    return DeviceChoice(device, torch.bfloat16, "Apple graphics processor (Metal)", reason)


def _cpu() -> DeviceChoice:
    device = torch.device("cpu")
    why = "no graphics card was found that the model can use"
    if _cpu_multiplies_bfloat16():
        return DeviceChoice(device, torch.bfloat16, "Processor", f"Processor, because {why}; it computes in bfloat16.")
    return DeviceChoice(
        device, torch.float32, "Processor", f"Processor, because {why}; it computes fastest in float32."
    )


def _cpu_multiplies_bfloat16() -> bool:
    """Whether the processor has units for bfloat16 products; without them they are slower than float32."""
    checks = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return any(bool(getattr(torch.cpu, check, lambda: False)()) for check in checks)
