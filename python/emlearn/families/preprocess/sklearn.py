"""scikit-learn's transformers that make features of features.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.impute import MissingIndicator
from sklearn.kernel_approximation import AdditiveChi2Sampler, RBFSampler, SkewedChi2Sampler
from sklearn.neural_network import BernoulliRBM
from sklearn.preprocessing import (
    Binarizer,
    KBinsDiscretizer,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    SplineTransformer,
    TargetEncoder,
)

from ...errors import UnsupportedError
from ...fitted import check_finite
from ...record import Record, Task
from .. import scaler
from .chi2 import read_chi2
from .curves import read_quantiles
from .powers import read_power
from .record import NONE, Preprocess
from .splines import read_splines
from .units import read_units
from .waves import read_skewed_waves, read_waves

_MOST = NONE - 1


def function_of(name: str, n_features: int) -> Preprocess:
    """A known function of each feature."""
    return _stage("function", n_features, n_features, name=name)


def _stage(kind: str, n_features: int, n_outputs: int, **fields: Any) -> Preprocess:
    if max(n_features, n_outputs) > _MOST:
        raise UnsupportedError(f"the {kind} stage has {n_features} features and {n_outputs} columns, and each may be {_MOST}")
    return Preprocess("float32", n_features, Task("transformer", n_outputs), kind, **fields)


def _width(estimator: Any) -> int:
    """Its features; scikit-learn calls a stateless transformer fitted before it has seen any."""
    if not hasattr(estimator, "n_features_in_"):
        raise NotFittedError(f"This {type(estimator).__name__} has seen no rows: call fit(X), so that its number of features is known")
    return int(estimator.n_features_in_)


def read_binarizer(estimator: Binarizer) -> Preprocess:
    """x > threshold; the largest float at most the threshold parts floats as the threshold does."""
    threshold = np.float32(estimator.threshold)
    if float(threshold) > estimator.threshold:
        threshold = np.nextafter(threshold, np.float32(-np.inf))
    n = _width(estimator)
    check_finite("Binarizer", threshold=np.array(float(threshold)))
    return _stage("binarize", n, n, values=np.array([threshold], np.float32))


def read_normalizer(estimator: Normalizer) -> Preprocess:
    """Each row by its norm; norms below 10 eps count as 1, as scikit-learn's ``_handle_zeros_in_scale`` has it."""
    n = _width(estimator)
    least = np.array([10 * np.finfo(np.float64).eps], dtype=np.float32)
    return _stage("normalize", n, n, name=estimator.norm, values=least)


def read_additive_waves(estimator: AdditiveChi2Sampler) -> Preprocess:
    """See :func:`~.chi2.read_chi2`; it learns nothing but its number of features."""
    return read_chi2(estimator, _width(estimator))


def read_polynomial(estimator: PolynomialFeatures) -> Preprocess:
    """powers_ (n_outputs, n_features): products, a factor of 1 where the degree is smaller."""
    powers = np.asarray(estimator.powers_)
    n, degree = powers.shape[1], max(1, int(powers.sum(axis=1).max(initial=0)))
    terms = np.full((len(powers), degree), n, dtype=np.uint16)
    for row, power in zip(terms, powers, strict=True):
        factors = np.repeat(np.arange(n), power)
        row[: len(factors)] = factors
    return _stage("polynomial", n, len(powers), terms=terms)


def read_missing(estimator: MissingIndicator) -> Preprocess:
    """features_: the columns that are looked at."""
    if not (isinstance(estimator.missing_values, (float, np.floating)) and np.isnan(estimator.missing_values)):
        raise UnsupportedError(f"MissingIndicator(missing_values={estimator.missing_values!r}): only NaN is a missing value on the device")
    looked_at = np.asarray(estimator.features_, dtype=np.uint16).reshape(-1, 1)
    if len(looked_at) == 0:
        raise UnsupportedError("MissingIndicator saw no missing value and has no columns: leave it out, or fit with features='all'")
    return _stage("missing", int(estimator._n_features), len(looked_at), terms=looked_at)


def read_bins(estimator: KBinsDiscretizer) -> Preprocess:
    """bin_edges_, the inner ones: an interval begins at its edge."""
    inner = [np.asarray(edges, dtype=np.float64)[1:-1] for edges in estimator.bin_edges_]
    check_finite("KBinsDiscretizer", bin_edges_=np.concatenate(inner))
    values = [_at_least(edges) for edges in inner]
    counts = [len(edges) + 1 for edges in inner]
    if estimator.encode == "ordinal":
        codes = np.concatenate([np.arange(count) for count in counts]).astype(np.float32)
        return _coded("bins", values, len(inner), codes=codes)
    columns = np.arange(sum(counts), dtype=np.uint16)  # a stage has as many columns as it has intervals
    return _coded("bins", values, sum(counts), columns=columns)


def _at_least(edges: np.ndarray) -> np.ndarray:
    """The least floats that are not below the edges."""
    near = edges.astype(np.float32)
    return np.where(near.astype(np.float64) < edges, np.nextafter(near, np.float32(np.inf)), near)


def _coded(kind: str, values: list[np.ndarray], n_outputs: int, **fields: Any) -> Preprocess:
    starts = np.cumsum([0] + [len(each) for each in values])
    if starts[-1] + len(values) > _MOST:
        raise UnsupportedError(f"the encoder has {starts[-1]} categories or edges, and {_MOST} fit: encode fewer, or group the rare ones")
    joined = np.concatenate(values) if values else np.zeros(0)
    return _stage(kind, len(values), n_outputs, values=joined.astype(np.float32), starts=starts.astype(np.uint16), **fields)


def _categories(estimator: Any) -> list[np.ndarray]:
    """Per feature its categories, as floats that hold them exactly."""
    found = []
    for feature, categories in enumerate(estimator.categories_):
        name = f"{type(estimator).__name__}.categories_[{feature}]"
        try:
            numbers = np.asarray(categories, dtype=np.float64)
        except (TypeError, ValueError):
            sample = repr(categories[0])
            raise UnsupportedError(f"{name} has text or objects, such as {sample}: a device reads numbers; number them before") from None
        with np.errstate(over="ignore"):
            floats = numbers.astype(np.float32)
        lost = (floats.astype(np.float64) != numbers) & ~np.isnan(numbers)
        if np.any(lost):
            raise UnsupportedError(f"{name} has {float(numbers[lost][0])!r}, which no float holds: use whole numbers below 2^24")
        found.append(floats)
    return found


def _answers(estimator: Any, categories: list[np.ndarray]) -> list[np.ndarray]:
    """What the encoder itself makes of each category of each feature, and last of one that it does not know (None: it raises)."""
    first = np.array([values[0] for values in categories], dtype=np.float64)
    answers = []
    for feature, values in enumerate(categories):
        known = values[~np.isnan(values)]
        unknown = max(float(known.max(initial=0.0)) + 1.0, float(np.nextafter(known.max(initial=0.0), np.float32(np.inf))))
        probes = np.concatenate([values.astype(np.float64), [unknown]])
        rows = np.tile(first, (len(probes), 1))
        rows[:, feature] = probes
        told = []
        for row in rows:
            try:
                answer = estimator.transform(row[np.newaxis])
                told.append(np.asarray(answer.toarray() if hasattr(answer, "toarray") else answer, dtype=np.float64)[0])
            except ValueError:
                told.append(np.full(len(told[0]), np.nan))
        answers.append(np.array(told))
    return answers


def read_one_hot(estimator: OneHotEncoder) -> Preprocess:
    """categories_, and where each goes (drop, infrequent ones, handle_unknown): the encoder is asked."""
    categories = _categories(estimator)
    answers = _quietly(estimator, categories)
    width, columns, start = answers[0].shape[1], [], 0
    for feature, count in enumerate(np.asarray(estimator._n_features_outs).tolist()):
        block = answers[feature][:, start : start + count] == 1
        columns.append(np.where(block.any(axis=1), block.argmax(axis=1) + start if count else 0, NONE))
        start += count
    if width == 0:
        raise UnsupportedError("the OneHotEncoder has no columns: every feature has one category, which is dropped")
    return _coded("categories", categories, width, columns=np.concatenate(columns).astype(np.uint16))


def read_ordinal(estimator: OrdinalEncoder) -> Preprocess:
    """categories_ and their codes; what the encoder does not know becomes unknown_value, or NaN where it would raise."""
    categories = _categories(estimator)
    answers = _quietly(estimator, categories)
    codes = np.concatenate([told[:, feature] for feature, told in enumerate(answers)])
    return _coded("categories", categories, len(categories), codes=codes.astype(np.float32))


def read_target(estimator: TargetEncoder) -> Record:
    """categories_, encodings_ and target_mean_: the mean target of each category; of K > 2 classes, a column for each feature and class."""
    from ..compose.columns import one_after_the_other  # which itself puts stages of this family side by side

    categories = _categories(estimator)
    answers = _quietly(estimator, categories)
    n, each = len(categories), answers[0].shape[1] // len(categories)
    told = [answers[feature][:, feature * each + k] for feature in range(n) for k in range(each)]
    values = [values for values in categories for _ in range(each)]
    coded = _coded("categories", values, n * each, codes=np.concatenate(told).astype(np.float32))
    return coded if each == 1 else one_after_the_other([scaler.of_steps((), n, np.repeat(np.arange(n), each)), coded])


def _quietly(estimator: Any, categories: list[np.ndarray]) -> list[np.ndarray]:
    """The encoder's answers without its warnings about columns' names and unknown categories."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _answers(estimator, categories)


READERS = {
    PowerTransformer: read_power,
    QuantileTransformer: read_quantiles,
    SplineTransformer: read_splines,
    AdditiveChi2Sampler: read_additive_waves,
    RBFSampler: read_waves,
    SkewedChi2Sampler: read_skewed_waves,
    Binarizer: read_binarizer,
    Normalizer: read_normalizer,
    PolynomialFeatures: read_polynomial,
    MissingIndicator: read_missing,
    KBinsDiscretizer: read_bins,
    OneHotEncoder: read_one_hot,
    OrdinalEncoder: read_ordinal,
    TargetEncoder: read_target,
    BernoulliRBM: read_units,
}
