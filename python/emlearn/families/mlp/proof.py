"""How large the sums of an integer layer can become, over all inputs: which accumulators cannot overflow.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

_INT16 = (1 << 15) - 1


@dataclasses.dataclass(frozen=True)
class Proof:
    """For inputs 0..top of each feature, all of them.

    Attributes
    ----------
    largest : int
        The largest ``|weights[j] . q|`` and ``|weights[j] . q + bias[j]|`` of any neuron, at any point of the sum.
    run : int
        Inputs, a multiple of 4, over which no partial sum from any start that is a multiple of it leaves 16 bits; all inputs
        (rounded up to 4) where none ever does; 0 where not even 4 can be promised.
    n_in : int
    """

    largest: int
    run: int
    n_in: int

    @property
    def bits(self) -> int:
        """The narrowest accumulator of 16, 24 or 32 bits that the whole sum fits."""
        if self.run >= self.n_in:
            return 16
        return 24 if self.largest < 1 << 23 else 32

    @property
    def total(self) -> int:
        """What the sum fits with its bias: 16, 24 or 32 bits."""
        return next(bits for bits in (16, 24, 32) if self.largest < 1 << (bits - 1))

    def text(self) -> str:
        lanes = f", 16-bit lanes for {self.run} inputs at a time" if 0 < self.run < self.n_in else ""
        return f"sums within {self.largest}: {self.bits}-bit accumulators{lanes}"


def prove(weights: np.ndarray, bias: np.ndarray, top: int) -> Proof:
    """The proof of a layer: weights (n_out, n_in), bias (n_out,), inputs 0..top."""
    w = weights.astype(np.int64)
    n_in = w.shape[1]
    high, low = np.maximum(w, 0).sum(axis=1) * top, np.minimum(w, 0).sum(axis=1) * top
    b = bias.astype(np.int64)
    largest = int(max(np.max(high), np.max(-low), np.max(np.abs(high + b)), np.max(np.abs(low + b)), np.max(np.abs(b))))
    padded = -(-n_in // 4) * 4
    w = np.pad(w, ((0, 0), (0, padded - n_in)))
    return Proof(largest, _run(w, top), n_in)


def _run(w: np.ndarray, top: int) -> int:
    """The largest multiple of 4 whose blocks all stay within 16 bits."""
    padded = w.shape[1]
    for run in range(padded, 0, -4):
        starts = np.arange(0, padded, run)
        high = np.add.reduceat(np.maximum(w, 0), starts, axis=1) * top
        low = np.add.reduceat(np.minimum(w, 0), starts, axis=1) * top
        if np.max(high) <= _INT16 and np.min(low) >= -_INT16:
            return run
    return 0
