"""The data path: a fitted estimator in, a model out.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import os
from typing import Any

import numpy as np

from . import compat
from .errors import InvalidInputError
from .fitted import check_fitted
from .front import Front
from .head import Head
from .inputs import Input
from .leafbits import finish_leaves
from .model import Model
from .options import Options
from .points import lost, thinned
from .record import Record
from .registry import read


def convert(
    estimator: Any,
    *,
    input: str = "float32",
    input_scale: Any = 1,
    input_offset: Any = 0,
    missing: int | None = None,
    optimize: str = "balanced",
    numeric: str = "exact",
    calibration: Any = None,
    leaf_bits: int | str | None = None,
    max_points: int | None = None,
    **old: Any,
) -> Model:
    """Convert a fitted estimator to a model for microcontrollers.

    Parameters
    ----------
    estimator : object
        A fitted scikit-learn estimator, or a Pipeline that ends in one. It is neither changed nor copied. Or the path, or the bytes, of a
        model file (TensorFlow Lite's, a booster's, a ``.skops``).
    input : {"float32", "float64", "int32", "int16", "uint16", "int8", "uint8"}
        The C type of the raw features on the device.
    input_scale, input_offset : float or array-like of shape (n_features,)
        feature = raw * input_scale + input_offset, in float64.
    missing : int, optional
        With integer input, the raw value that stands for a missing one. With float input NaN does.
    optimize : {"size", "balanced", "speed"}
        What to spend: flash or cycles.
    numeric : {"exact", "int8", "int16", "int32", "auto"}
        The arithmetic; quantised forms are opt-in, for the families that have them. ``"auto"``: the narrowest that keeps the answers to
        `calibration` rows.
    calibration : array-like of shape (n_samples, n_features), optional
        Raw rows like those that the device will see, for a quantised `numeric` or `leaf_bits`.
    leaf_bits : int or "auto", optional
        Smaller leaves of trees, which lose something: bits of a share of a class, or of a leaf's value, 1 to 16; 32 for values in
        float32; ``"auto"`` for the fewest that leave ``predict`` of all `calibration` rows as it is. By default leaves are exact.
        ``describe()`` tells what can be lost, and, with `calibration`, what is lost on these rows.
    max_points : int, optional
        Fewer training rows of nearest neighbours, or support vectors of machines with a radial kernel, which loses something: those
        that are missed least go. ``describe()`` tells what can be lost, and, with `calibration`, what is lost on these rows.
    **old
        Arguments of emlearn 0.23 (`method`, `dtype`, ...), see :func:`emlearn.compat.translate`.

    Returns
    -------
    Model

    Raises
    ------
    UnsupportedError
        The class, or an option of it, cannot be converted.
    InvalidInputError
        An argument has an impossible value.
    sklearn.exceptions.NotFittedError
        The estimator is not fitted.
    """
    estimator = _opened(estimator)
    check_fitted(estimator)
    if old or leaf_bits == 0:
        input, optimize, leaf_bits = compat.translate(estimator, old, input, optimize, leaf_bits)
    Options.make(optimize, numeric, leaf_bits=leaf_bits, max_points=max_points)
    if leaf_bits == "auto" and calibration is None:
        raise InvalidInputError("leaf_bits='auto' needs calibration=: rows like those that the device will see, as raw values")
    record = read(estimator)
    leaf_bits = compat.without_leaves(estimator, record, leaf_bits)
    head = Head.of(estimator, record.task)
    if input == "int8" and (units := getattr(record, "units", None)) and np.all(np.equal(input_scale, 1) & np.equal(input_offset, 0)):
        input_scale, input_offset = units  # the file's own values
    source = Input.make(input, input_scale, input_offset, missing, record.n_features, head.feature_names)
    own = {name: getattr(record, name) for name in ("shape", "channels_first", "numbered") if hasattr(record, name)}
    source = dataclasses.replace(source, **own)
    options = Options.make(optimize, numeric, calibration, source, leaf_bits, max_points)
    record, facts = _passes(record, Front(source), options)
    arguments = {"input": input, "input_scale": input_scale, "input_offset": input_offset, "missing": missing}
    arguments |= {"optimize": optimize, "numeric": numeric, "calibration": calibration, "leaf_bits": leaf_bits, "max_points": max_points}
    return Model(record, head, source, estimator, arguments, facts)


def _passes(record: Record, front: Front, options: Options) -> tuple[Record, dict[str, str]]:
    """Every pass, in order: 1. fewer points; 2. fold what stands before; 3. the family's own. And what they found on calibration rows."""
    from .families.compose import absorb_or_chain
    from .families.compose.fold import savings

    kept = thinned(record, options)
    made, facts = finish_leaves(absorb_or_chain(kept, front), options)
    facts |= lost(record, made, options, lambda whole: absorb_or_chain(whole, front))
    return made, {**savings(kept, made), **facts}


def _opened(estimator: Any) -> Any:
    """What stands in a file is read by what only files need."""
    if not isinstance(estimator, (str, os.PathLike, bytes, bytearray)):
        return estimator
    from .modelfiles import opened

    return opened(estimator)
