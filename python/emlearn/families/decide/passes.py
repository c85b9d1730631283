"""Nothing folds into a rule; its tables are ready when it is read.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...errors import InvalidInputError
from ...front import Front
from ...options import Options
from .record import Decide


def absorb(record: Decide, front: Front) -> Decide | None:
    """A constant takes any input; a rule only what answers give it."""
    if record.rule == "constant":
        return dataclasses.replace(record, input=front.input.dtype, n_features=front.input.n_features)
    plain = front.input.is_identity and front.input.dtype == "float32" and not front.steps
    return record if plain else None


def finish(record: Decide, options: Options) -> Decide:
    """Nothing is left to do but to refuse what float cannot hold.

    Raises
    ------
    InvalidInputError
        A number is beyond float32.
    """
    for values in (record.table, record.knots):
        bad = int(np.count_nonzero(~np.isfinite(values)))
        if bad:
            what = "feature and the target" if record.rule == "curve" else "targets"
            raise InvalidInputError(f"{bad} numbers of the rule ({record.rule}) are beyond the range of float (3.4e38): scale the {what}")
    return record
