"""Attention for heads of few numbers on a processor, in one pass over the keys: scores, softmax, sum of values.

torch's fused call multiplies matrices block by block and works through each block of scores several times in between.
That pays when a score costs 80 products; when it costs 12 the passes in between are most of the time. Here 16 queries
stand in the lanes and meet six keys at a time: a key's number is the same for every lane, so keys and values are read
as they lie, nothing is added across lanes, and a score never leaves the processor. The softmax is the running one of
Milakov and Gimelshein (arXiv 1805.02867): when a lane's largest score grows, what it has summed is scaled down.

Milliseconds of one thread of an AMD EPYC, torch's call in brackets, 2,944 tokens: four heads of 12: 22 (47), two heads
of 16: 14 (20), of 32: 24 (31); with AVX2 alone 25 (49), 16 (21), 26 (32). Off by at most 1.4e-6 from float64 there.
"""

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from torch import Tensor

from indexer.compiled import compiled

LANES, KEYS = 16, 6
"""Queries in the lanes, keys at once: as many scores as the sixteen registers of AVX2 hold. With eight keys that took
1.2 times as long there, with four 1.1 times as long with AVX-512."""
SHARED = 2**20
"""Scores from which several threads share the work; handing it over takes some 50 us."""
_MOST = 64
"""Threads that help one, at most."""
_here = threading.local()

Floats = npt.NDArray[np.float32]

_F32, _I32, _I64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_Lanes, _Whole = ir.VectorType(_F32, LANES), ir.VectorType(_I32, LANES)
_FIRST = ir.Constant(_Whole, [ir.Constant(_I32, 0)] * LANES)
_NOTHING = -1e30
"""A score that is seen by nobody, and the largest one before any: finite, so that differences stay numbers."""
_EXP2 = (1.0000000717, 0.6931469671, 0.2402211972, 0.0555071328, 0.0096755413, 0.0013276469)
"""Of the polynomial of degree 5 with the least largest error (7.5e-8 of itself) for 2 ** x between -0.5 and 0.5."""
_MAGIC = 1.5 * 2**23
"""Added to a small number it rounds it to a whole one, which then stands in the sum's lowest bits."""


def narrow_attention(q: Tensor, k: Tensor, v: Tensor, *, causal: bool) -> Tensor:
    """float32 (batch, tokens, heads, size) to the same shape; fewer key heads than heads are shared in order."""
    out = torch.empty(q.shape)
    given = q.numpy(), k.numpy(), v.numpy(), out.numpy()
    factor = np.float32(math.log2(math.e) / math.sqrt(q.shape[-1]))
    blocks = q.shape[0] * q.shape[2] * -(-q.shape[1] // LANES)
    threads = min(torch.get_num_threads(), blocks)
    if threads == 1 or q.shape[0] * q.shape[2] * q.shape[1] * k.shape[1] < SHARED:
        _attend(*given, factor, causal, 0, blocks)
        return out
    ends = [blocks * number // threads for number in range(threads + 1)]
    parts = list(pairwise(ends))
    others = [_helpers().submit(_attend, *given, factor, causal, *part) for part in parts[1:]]
    _attend(*given, factor, causal, *parts[0])
    for other in others:
        other.result()
    return out


def _helpers() -> ThreadPoolExecutor:
    """The calling thread's own: what it starts is as important as it is (background.py), and ends with it."""
    found: ThreadPoolExecutor | None = getattr(_here, "helpers", None)
    if found is None:
        found = _here.helpers = ThreadPoolExecutor(_MOST, thread_name_prefix="attention")
    return found


def _meeting(*, masked: bool) -> Any:
    """The function that lets a block of queries meet KEYS keys; masked: each lane sees keys up to its own limit."""

    @intrinsic  # type: ignore[untyped-decorator]
    def meet(_typing: Any, q: Any, k: Any, v: Any, at: Any, limits: Any, sums: Any) -> Any:
        signature = types.void(q, k, v, at, limits, sums)

        def emit(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            def array(number: int) -> Any:
                return context.make_array(signature.args[number])(context, builder, values[number])

            size = builder.extract_value(array(1).shape, 1)
            start = builder.mul(values[3], size)
            rows = [builder.add(start, builder.mul(size, ir.Constant(_I64, key))) for key in range(KEYS)]
            kept = builder.bitcast(array(5).data, _Lanes.as_pointer())
            scores = _scores(builder, builder.bitcast(array(0).data, _Lanes.as_pointer()), array(1).data, rows, size)
            if masked:
                limit = _load(builder, builder.bitcast(array(4).data, _Whole.as_pointer()), ir.Constant(_I64, 0))
                first = builder.trunc(values[3], _I32)
                for key in range(KEYS):
                    number = _spread(builder, builder.add(first, ir.Constant(_I32, key)), _Whole)
                    seen = builder.icmp_signed("<", number, limit)
                    scores[key] = builder.select(seen, scores[key], _constant(_NOTHING))
            shares = _shares(builder, scores, kept, size)
            with cgutils.for_range(builder, size) as loop:
                total = _load(builder, kept, loop.index)
                for row, share in zip(rows, shares, strict=True):
                    value = builder.load(builder.gep(array(2).data, [builder.add(row, loop.index)]))
                    total = _multiply_add(builder, share, _spread(builder, value, _Lanes), total)
                _store(builder, total, kept, loop.index)
            return context.get_dummy_value()

        return signature, emit

    return meet


def _scores(builder: Any, q: Any, k: Any, rows: list[Any], size: Any) -> list[Any]:
    sums = [cgutils.alloca_once(builder, _Lanes) for _ in rows]
    for one in sums:
        builder.store(_constant(0.0), one)
    with cgutils.for_range(builder, size) as loop:
        asked = _load(builder, q, loop.index)
        for row, one in zip(rows, sums, strict=True):
            key = builder.load(builder.gep(k, [builder.add(row, loop.index)]))
            builder.store(_multiply_add(builder, asked, _spread(builder, key, _Lanes), builder.load(one)), one)
    return [builder.load(one) for one in sums]


def _shares(builder: Any, scores: list[Any], kept: Any, size: Any) -> list[Any]:
    """What each key's value counts, not yet divided by their sum. In `kept` behind the sums of values stand the sum of
    what was counted and the largest score so far; all sums are scaled down when that grows."""
    count_at, most_at = size, builder.add(size, ir.Constant(_I64, 1))
    largest = scores[0]
    for score in scores[1:]:
        largest = _larger(builder, score, largest)
    before = _load(builder, kept, most_at)
    grown = builder.bitcast(builder.fcmp_unordered(">", largest, before), ir.IntType(LANES))
    with builder.if_then(builder.icmp_unsigned("!=", grown, ir.Constant(ir.IntType(LANES), 0)), likely=False):
        most = _larger(builder, largest, before)
        smaller = _exp2(builder, builder.fsub(before, most))
        _store(builder, most, kept, most_at)
        with cgutils.for_range(builder, most_at) as loop:
            _store(builder, builder.fmul(_load(builder, kept, loop.index), smaller), kept, loop.index)
    most, count = _load(builder, kept, most_at), _load(builder, kept, count_at)
    shares = [_exp2(builder, builder.fsub(score, most)) for score in scores]
    for share in shares:
        count = builder.fadd(count, share)
    _store(builder, count, kept, count_at)
    return shares


def _exp2(builder: Any, x: Any) -> Any:
    """2 ** x for x up to 0, to 2.3e-7 of itself; below -126 what is left of it is 1e-38."""
    x = _larger(builder, x, _constant(-126.0))
    rounded = builder.fadd(x, _constant(_MAGIC))
    rest = builder.fsub(x, builder.fsub(rounded, _constant(_MAGIC)))
    power = _constant(_EXP2[-1])
    for factor in _EXP2[-2::-1]:
        power = _multiply_add(builder, power, rest, _constant(factor))
    exponent = builder.shl(builder.bitcast(rounded, _Whole), ir.Constant(_Whole, [ir.Constant(_I32, 23)] * LANES))
    return builder.bitcast(builder.add(builder.bitcast(power, _Whole), exponent), _Lanes)


def _constant(value: float) -> Any:
    return ir.Constant(_Lanes, [ir.Constant(_F32, float(np.float32(value)))] * LANES)


def _larger(builder: Any, one: Any, other: Any) -> Any:
    """What is no number counts as larger, so that it is not lost."""
    return builder.select(builder.fcmp_unordered(">", one, other), one, other)


def _multiply_add(builder: Any, one: Any, other: Any, total: Any) -> Any:
    """One instruction where the processor has it, two where not."""
    kind = ir.FunctionType(_Lanes, [_Lanes, _Lanes, _Lanes])
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fmuladd.v{LANES}f32")
    return builder.call(function, [one, other, total])


def _load(builder: Any, pointer: Any, index: Any) -> Any:
    value = builder.load(builder.gep(pointer, [index]))
    value.align = 4
    return value


def _store(builder: Any, value: Any, pointer: Any, index: Any) -> None:
    builder.store(value, builder.gep(pointer, [index])).align = 4


def _spread(builder: Any, value: Any, kind: Any) -> Any:
    """One number in every lane."""
    nothing = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(nothing, value, ir.Constant(_I32, 0))
    return builder.shuffle_vector(first, nothing, _FIRST)


_meet, _meet_masked = _meeting(masked=False), _meeting(masked=True)


@compiled
def _attend(
    q: Floats, k: Floats, v: Floats, out: Floats, factor: np.float32, causal: bool, first: int, last: int
) -> None:
    """Blocks of LANES queries from `first` to before `last`, counted through batch, heads and tokens."""
    _, tokens, heads, size = q.shape
    known, shared = k.shape[1], heads // k.shape[2]
    in_head = -(-tokens // LANES)
    padded = -(-known // KEYS) * KEYS
    keys, values = np.zeros((padded, size), np.float32), np.zeros((padded, size), np.float32)
    asked, sums = np.zeros((size, LANES), np.float32), np.empty((size + 2, LANES), np.float32)
    limits = np.empty(LANES, np.int32)
    packed = -1
    for block in range(first, last):
        pair, start = block // in_head, block % in_head * LANES
        item, head = pair // heads, pair % heads
        if pair != packed:
            packed = pair
            for token in range(known):
                for at in range(size):
                    keys[token, at] = k[item, token, head // shared, at]
                    values[token, at] = v[item, token, head // shared, at]
        for lane in range(LANES):
            token = min(start + lane, tokens - 1)  # what is left of the last block is computed and thrown away
            limits[lane] = min(token + 1, known) if causal else known
            for at in range(size):
                asked[at, lane] = q[item, token, head, at] * factor
        sums[:-1] = 0
        sums[-1] = np.float32(_NOTHING)
        free = limits[0] // KEYS * KEYS
        for at in range(0, free, KEYS):
            _meet(asked, keys, values, at, limits, sums)
        for at in range(free, limits[LANES - 1], KEYS):
            _meet_masked(asked, keys, values, at, limits, sums)
        for lane in range(min(LANES, tokens - start)):
            for at in range(size):
                out[item, start + lane, head, at] = sums[at, lane] / sums[size, lane]
