"""What is done to a perceptron between reading and emitting: the front folded in, then float32.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...errors import InvalidInputError
from ...front import Front
from ...options import Options
from .choose import quantized
from .integer import IntegerMlp
from .record import Mlp
from .sparse import float_layers

#: Half the distance from 1 to the next float64.
_U64 = 2.0**-53


def absorb(record: Mlp, front: Front) -> Mlp | None:
    """An affine front folded into the first layer, in float64: W' = W diag(scale), b' = b + W offset.

    None where the front clips.

    Raises
    ------
    InvalidInputError
        The front marks missing values.
    """
    front.refuse_missing("a multilayer perceptron")
    if not front.is_affine:
        return None
    scale, offset = front.affine()
    if np.all(scale == 1) and np.all(offset == 0):
        return dataclasses.replace(record, input=front.input.dtype)
    W, b = record.layers[0]
    with np.errstate(over="ignore", invalid="ignore"):
        weights, biases = record.weights.copy(), record.biases.copy()
        weights[: W.size] = (W * scale).ravel()
        biases[: b.size] = b + W @ offset
        # scikit-learn rounds at every step of the front and of the sum, the fold rounds otherwise: gamma * (sum of magnitudes).
        gamma = 2 * (len(scale) + 2 * len(front.steps) + 8) * _U64
        slack = record.slack + gamma * (np.abs(W) @ front.offset_magnitude + np.abs(b))
        gain = record.gain
        if len(gain):
            slack, gain = slack + gain @ front.offset_magnitude, gain * np.abs(scale) * (1 + gamma)
    return dataclasses.replace(record, input=front.input.dtype, weights=weights, biases=biases, slack=slack, gain=gain)


def finish(record: Mlp, options: Options) -> Mlp | IntegerMlp:
    """Weights and biases as float32, or in the integers that `options` ask for.

    Raises
    ------
    InvalidInputError
        A weight, after folding, is beyond float32; or calibration rows are missing or tell nothing.
    """
    finished = _narrow(record)
    finished = dataclasses.replace(finished, sparse=float_layers(finished.layers, options.optimize))
    return finished if options.numeric == "exact" else quantized(record, finished, options)


def _narrow(record: Mlp) -> Mlp:
    """Weights and biases as float32."""
    with np.errstate(over="ignore", invalid="ignore"):
        weights, biases = record.weights.astype(np.float32), record.biases.astype(np.float32)
    finished = dataclasses.replace(record, weights=weights, biases=biases)
    for k, (W, b) in enumerate(finished.layers):
        for name, values in ((f"coefs_[{k}]", W), (f"intercepts_[{k}]", b)):
            bad = int(np.count_nonzero(~np.isfinite(values)))
            if bad:
                folded = " (any scaling before it folded in)" if k == 0 else ""
                raise InvalidInputError(
                    f"{name}{folded} has {bad} values beyond the range of float32 (3.4e38), in which the device computes: "
                    "scale the data and fit again"
                )
    return finished
