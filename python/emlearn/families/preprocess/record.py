"""What is made of a row of features before a model sees it.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...record import Record

#: By name, what each kind does.
KINDS = {
    "function": "a function of each feature",
    "binarize": "1 above a threshold, else 0",
    "normalize": "rows of length one",
    "polynomial": "products of features",
    "missing": "1 where a value is missing, else 0",
    "categories": "codes of categories",
    "bins": "codes of intervals",
    "power": "powers of each feature",
    "standardized": "powers of each feature, less their mean, over their deviation",
    "quantiles": "ranks of each feature among quantiles",
    "splines": "B-splines of each feature",
    "chi2": "waves of each feature's logarithm",
}

#: In `columns`: no column becomes 1.
NONE = 0xFFFF


@dataclasses.dataclass(frozen=True, eq=False)
class Preprocess(Record):
    """One transformer on float32 features x[0..F).

    * ``function``: y[i] = f(x[i]); ``binarize``: y[i] = x[i] > values[0];
    * ``normalize``: y = x / norm(x), as it is where the norm is below ``values[0]``;
    * ``polynomial``: y[j] = product of x[term] over the row j of terms, F standing for 1;
    * ``missing``: y[j] = x[terms[j]] is NaN;
    * ``categories``: k = the index of x[i] among the values of feature i, the last entry for all others;
      ``bins``: k = how many of the values of feature i are <= x[i].
      Then y[columns[k]] = 1 and all else 0, or y[i] = codes[k].
    * ``power``: y[i] = (x[i]^l - 1) / l for ``box_cox``, l = values[i]; sign(x[i]) ((1 + |x[i]|)^l - 1) / l for ``yeo_johnson``,
      l = values[2 i] from 0 on and values[2 i + 1] below;
    * ``standardized``: y[i] = factor (q^power - 1) + offset, of power 0 factor log(q) + offset, with q = (b + |x[i]|) / (b + middle) and
      values[i] = (middle, power, factor, offset), b = 0 for ``box_cox``; for ``yeo_johnson`` b = 1, and values[2 i] from 0 on,
      values[2 i + 1] below;
    * ``quantiles``: y[i] is linear between the knots of feature i, which are its values, from the one's second rank to the other's
      first: two of ``columns`` each; the mean of both on a knot; ranks are of terms[0, 0]. By ``name`` that share, or the normal
      distribution's quantile of it.
    * ``splines``: y[i, :] = the B-splines of degree terms[0, 0] over the knots of feature i, which are its values, at x[i]; beyond them by
      ``name`` ``constant``, ``linear`` with the slopes in ``codes``, or ``polynomial``.

    * ``chi2``: sqrt(x) values[0], then for each step j = 1.. values[j] sqrt(x) times the cosine and the sine of
      values[n_steps + j - 1] log(x) turns; 0 at 0.

    Attributes
    ----------
    kind : str
        A key of ``KINDS``.
    name : str
        Of the function (a key of :data:`emlearn.functions.FUNCTIONS`), of the norm or of the power; else "".
    terms : ndarray, uint16
        Of shape (n_outputs, degree) for ``polynomial``.
    values : ndarray, float32
        The threshold; the rows of ``standardized``; or the categories or inner edges of all features, one feature after the other.
    starts : ndarray of shape (F + 1,), uint16
        Where each feature's values begin; its codes or columns begin at starts[i] + i, one more than it has values.
    columns : ndarray, uint16
        Of one-hot codes, ``NONE`` where a category has no column; empty for ordinal ones.
    codes : ndarray, float32
        Of ordinal codes; empty for one-hot ones.
    exact_knots : ndarray of shape (F, n_knots) or (0, 0), float64
        Of splines, the knots before rounding; not a table.
    """

    kind: str
    name: str = ""
    terms: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros((0, 0), np.uint16))
    values: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, np.float32))
    starts: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, np.uint16))
    columns: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, np.uint16))
    codes: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, np.float32))
    exact_knots: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros((0, 0)))

    @property
    def needed(self) -> np.ndarray:
        if self.kind in ("polynomial", "missing"):
            return np.unique(self.terms[self.terms < self.n_features]).astype(np.int64)
        return np.arange(self.n_features)

    @property
    def is_coded(self) -> bool:
        """Whether features become codes, exactly."""
        return self.kind in ("categories", "bins")

    @property
    def is_curve(self) -> bool:
        """Whether features go through learned curves."""
        return self.kind in ("power", "standardized", "quantiles")

    @property
    def is_signed(self) -> bool:
        """Whether powers are of values of both signs."""
        return self.name == "yeo_johnson"
