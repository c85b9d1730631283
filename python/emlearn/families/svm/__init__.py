"""Kernel machines: SVC, NuSVC, SVR, NuSVR, OneClassSVM, KernelRidge, Nystroem.

SPDX-License-Identifier: MIT
"""

from .bounds import bound, margin
from .emit import emit
from .fold import behind
from .kernels import run
from .passes import absorb, finish
from .record import Machine
from .reference import describe, reference
from .thin import thin

RECORDS = (Machine,)

NUMERIC: tuple[str, ...] = ("int16", "int32", "auto")

#: They take integers alone.
NEEDS_INTEGERS = True

__all__ = [
    "NEEDS_INTEGERS",
    "NUMERIC",
    "RECORDS",
    "absorb",
    "behind",
    "bound",
    "describe",
    "emit",
    "finish",
    "margin",
    "reference",
    "run",
    "thin",
]
