"""Gaussian classes, mixtures and distances: GaussianNB, GaussianMixture, EllipticEnvelope.

SPDX-License-Identifier: MIT
"""

import numpy as np

from ...record import Record
from .bounds import bound, margin
from .emit import emit
from .fixed import NUMERIC as FORMS_BY_NUMERIC
from .fixed import FixedGaussian
from .kernels import bulk, run
from .passes import absorb, finish
from .record import Gaussian
from .reference import describe, reference
from .whitened import Whitened

RECORDS = (Gaussian, FixedGaussian, Whitened)

NUMERIC = tuple(FORMS_BY_NUMERIC)

#: They take integers alone.
NEEDS_INTEGERS = True


def chooses(record: Record) -> bool:
    """Whether ``numeric="auto"`` means something to :func:`finish`: of integer rows it takes the cheapest form that resolves the model."""
    return bool(np.issubdtype(record.input, np.integer))


__all__ = [
    "NEEDS_INTEGERS",
    "NUMERIC",
    "RECORDS",
    "absorb",
    "bound",
    "bulk",
    "chooses",
    "describe",
    "emit",
    "finish",
    "margin",
    "reference",
    "run",
]
