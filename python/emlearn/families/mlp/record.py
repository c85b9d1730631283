"""The middle form of a multilayer perceptron.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...record import Record, Task

HIDDEN = ("identity", "logistic", "relu", "tanh")
OUTPUT = ("exp", "identity", "logistic", "softmax")


@dataclasses.dataclass(frozen=True, eq=False)
class Mlp(Record):
    """Dense layers one after the other: ``a[k+1] = f(W[k] a[k] + b[k])`` with ``a[0]`` the raw row.

    Attributes
    ----------
    sizes : ndarray of shape (n_layers + 1,), int64
        Features, the units of each hidden layer, outputs before their activation.
    weights : ndarray of shape (sum of W[k].size,)
        ``W[k]``, row-major [sizes[k + 1]][sizes[k]], one layer after the other. float64 until the last pass, then float32.
    biases : ndarray of shape (sum(sizes[1:]),)
        ``b[k]``, likewise.
    hidden : {"identity", "logistic", "relu", "tanh"}
        f of every layer but the last.
    output : {"exp", "identity", "logistic", "softmax"}
        f of the last layer.
    slack : ndarray of shape (sizes[1],), float64
        How far the first layer's float64 sums may differ from scikit-learn's because what stood before was folded in
        (the part that does not depend on the row); not a table.
    gain : ndarray of shape (sizes[1], sizes[0]) or (0, 0), float64
        What of it grows with each raw value's magnitude: of a projection that was folded in.
    sparse : tuple of int
        The layers whose tables leave out weights of zero (:mod:`.sparse`).
    """

    sizes: np.ndarray
    weights: np.ndarray
    biases: np.ndarray
    hidden: str
    output: str
    slack: np.ndarray
    gain: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros((0, 0)))
    sparse: tuple[int, ...] = ()

    def slack_at(self, x: np.ndarray) -> np.ndarray:
        """`slack` with what raw rows x add, broadcast to (n_samples, sizes[1])."""
        return self.slack + np.abs(x) @ self.gain.T if len(self.gain) else self.slack

    @classmethod
    def of(cls, task: Task, layers: Sequence[tuple[np.ndarray, np.ndarray]], hidden: str, output: str) -> Mlp:
        """From (W, b) per layer, W of shape (n_out, n_in), that take float32 features."""
        sizes = np.array([layers[0][0].shape[1], *(len(b) for _, b in layers)], dtype=np.int64)
        weights = np.concatenate([np.ravel(W) for W, _ in layers]).astype(np.float64)
        biases = np.concatenate([b for _, b in layers]).astype(np.float64)
        return cls("float32", int(sizes[0]), task, sizes, weights, biases, hidden, output, np.zeros(sizes[1]))

    @property
    def layers(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """(W, b) per layer, views of shape (n_out, n_in) and (n_out,)."""
        result, w, b = [], 0, 0
        for n_in, n_out in zip(self.sizes[:-1].tolist(), self.sizes[1:].tolist(), strict=True):
            result.append((self.weights[w : w + n_in * n_out].reshape(n_out, n_in), self.biases[b : b + n_out]))
            w, b = w + n_in * n_out, b + n_out
        return result

    @property
    def buffers(self) -> tuple[int, int]:
        """Floats of the two buffers that hidden layers take turns in."""
        sizes = self.sizes.tolist()
        return max(sizes[1:-1:2], default=0), max(sizes[2:-1:2], default=0)

    @property
    def is_binary(self) -> bool:
        """Whether the one output stands for two classes."""
        return self.task.kind == "classifier" and self.output == "logistic"


def describe(record: Mlp) -> dict[str, Any]:
    """Facts for people, in order."""
    return {
        "kind": f"multilayer perceptron, {record.task.kind}",
        "layers": " - ".join(map(str, record.sizes.tolist())),
        "hidden activation": record.hidden if len(record.sizes) > 2 else "none",
        "output activation": record.output,
        "weights and biases": int(record.weights.size + record.biases.size),
        **{f"layer {k}": _left(record.layers[k][0]) for k in record.sparse},
        "working memory": f"{4 * sum(record.buffers)} B",
    }


def _left(weights: np.ndarray) -> str:
    return f"{np.count_nonzero(weights)} of {weights.size} weights, without those of zero"
