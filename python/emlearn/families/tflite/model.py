"""A TensorFlow Lite file as an estimator: converted without the interpreter, compared with it where it is installed.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
from typing import Any

import numpy as np

from ...errors import InvalidInputError
from ..networks.framework import shaped
from .build import build
from .file import read
from .record import ByteNetwork
from .reference import to_bytes

#: Where an interpreter may come from.
_INTERPRETERS = ("ai_edge_litert.interpreter", "tensorflow.lite")


@dataclasses.dataclass(frozen=True, eq=False)
class TFLiteModel:
    """What a file holds.

    Attributes
    ----------
    data : bytes
        The file.
    record : ByteNetwork
    """

    data: bytes
    record: ByteNetwork

    def __repr__(self) -> str:
        return f"TensorFlow Lite model of {len(self.data)} bytes, {len(self.record.layers)} layers"

    @property
    def versions(self) -> dict[str, str]:
        return {"tflite": "schema 3"}

    @functools.cached_property
    def _interpreter(self) -> Any:
        """With the reference kernels: others round otherwise."""
        for name in _INTERPRETERS:
            with contextlib.suppress(ImportError):
                found = importlib.import_module(name)
                kind = getattr(found, "OpResolverType", None) or found.experimental.OpResolverType
                made = found.Interpreter(model_content=self.data, experimental_op_resolver_type=kind.BUILTIN_REF)
                made.allocate_tensors()
                return made
        raise InvalidInputError(
            "answers are compared with those of TensorFlow Lite's own interpreter, and it is not installed: pip install ai-edge-litert"
        )

    def ask(self, op: str, X: Any) -> np.ndarray:
        """The interpreter's own answer, in the shape of scikit-learn's; X are features."""
        record, interpreter = self.record, self._interpreter
        rows = np.asarray(X, dtype=np.float32).reshape(len(X), -1)
        (source,), (target,) = interpreter.get_input_details(), interpreter.get_output_details()
        if record.stored == "int8":
            rows = (to_bytes(rows, record.scale, record.zero) - 128).astype(np.int8)
        values = np.zeros((len(rows), record.n_answers), np.float32)
        for k, row in enumerate(rows):
            interpreter.set_tensor(source["index"], row.reshape(source["shape"]))
            interpreter.invoke()
            found = interpreter.get_tensor(target["index"]).ravel()
            if found.dtype == np.int8:
                scale, zero = target["quantization"]
                found = np.float32(scale) * (found.astype(np.float32) - zero)
            values[k] = found
        return shaped(record.task, record.answer.kind, op, values)


def load(data: bytes) -> TFLiteModel:
    """The model in a file's bytes.

    Raises
    ------
    InvalidInputError
        Damaged or cut off.
    UnsupportedError
        Something in it has no kernel.
    """
    return TFLiteModel(data, build(read(data)))
