"""What torch raises, told apart: too little memory, a graphics card that is gone, and everything else."""

import torch

from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode

_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "cublas_status_alloc_failed")
_DEVICE = ("cuda error", "cuda driver", "cublas", "cudnn", "device-side assert", "hip error", "mps backend", "xid")


def is_out_of_memory(problem: BaseException) -> bool:
    """Whether smaller batches could help. Apple's and the processor's allocators raise plain RuntimeError."""
    if isinstance(problem, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(problem, RuntimeError) and any(sign in str(problem).casefold() for sign in _MEMORY)


def is_device_lost(problem: BaseException) -> bool:
    """Whether the graphics card gave up: after such an error every further call on it fails too."""
    return isinstance(problem, RuntimeError) and any(sign in str(problem).casefold() for sign in _DEVICE)


def as_pagebeam_error(problem: BaseException) -> PagebeamError:
    """The error that a person is told about."""
    detail = str(problem).partition("\n")[0][:300] or type(problem).__name__
    if is_out_of_memory(problem):
        return PagebeamError(ErrorCode.OUT_OF_MEMORY, detail=detail)
    code = ErrorCode.DEVICE_LOST if is_device_lost(problem) else ErrorCode.ENCODER_FAILED
    return PagebeamError(code, detail=detail)
