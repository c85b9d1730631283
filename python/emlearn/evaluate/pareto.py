"""The models of a search that no other one beats in both cost and performance.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InvalidInputError


def find_pareto_front(
    df: Any,
    cost_metric: str = "mean_test_compute",
    performance_metric: str = "mean_test_accuracy",
    higher_is_better: bool = True,
    min_performance: float | None = None,
) -> Any:
    """The rows of `df` on the Pareto front.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per model, such as ``pandas.DataFrame(search.cv_results_)``; it is not changed.
    cost_metric : str
        The column of costs: less is better.
    performance_metric : str
        The column of performance.
    higher_is_better : bool
        Whether more is better in `performance_metric`.
    min_performance : float, optional
        Leave out rows with a worse performance (a greater one where less is better).

    Returns
    -------
    pandas.DataFrame
        In the order of `df`. Rows that are equal in both columns stay together; rows with NaN in one are left out.

    Raises
    ------
    InvalidInputError
        A column is missing.
    """
    for argument, column in (("cost_metric", cost_metric), ("performance_metric", performance_metric)):
        if column not in df.columns:
            raise InvalidInputError(f"{argument}={column!r} is no column of df: it has {', '.join(map(str, df.columns))}")
    cost = np.asarray(df[cost_metric], dtype=np.float64)
    loss = np.asarray(df[performance_metric], dtype=np.float64) * (-1 if higher_is_better else 1)
    keep = _efficient(cost, loss)
    if min_performance is not None:
        keep &= loss <= (-min_performance if higher_is_better else min_performance)
    return df[keep]


def pareto(search: Any, cost: str = "flash", performance: str = "score", **options: Any) -> Any:
    """The candidates of a search that no other one beats in both cost and performance.

    Parameters
    ----------
    search : GridSearchCV or the like, dict or pandas.DataFrame
        Fitted with a scorer of :mod:`emlearn.scorers`; or its ``cv_results_``.
    cost, performance : str
        Names of scorers, as in ``scoring=``: both follow scikit-learn's rule that greater is better.
    **options
        ``min_performance`` of :func:`find_pareto_front`.

    Returns
    -------
    pandas.DataFrame
        Rows of ``cv_results_``, the cheapest first, with the cost as a positive number in a column named as `cost`.
    """
    import pandas as pd

    df = pd.DataFrame(getattr(search, "cv_results_", search))
    column = f"mean_test_{cost}"
    if column not in df.columns:
        raise InvalidInputError(
            f"cost={cost!r}: there is no {column}; pass scoring={{{cost!r}: emlearn.scorers.{cost}(...), ...}} to the search"
        )
    df[cost] = -df[column]
    return find_pareto_front(df, cost, f"mean_test_{performance}", **options).sort_values(cost)


def plot_pareto(search: Any, cost: str = "flash", performance: str = "score", ax: Any = None, **options: Any) -> Any:
    """All candidates of a search, and the line of those that :func:`pareto` keeps; needs matplotlib.

    Parameters
    ----------
    search, cost, performance, **options
        As for :func:`pareto`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
    """
    import matplotlib.pyplot as plt

    front, results = pareto(search, cost, performance, **options), getattr(search, "cv_results_", search)
    if ax is None:
        _, ax = plt.subplots(layout="constrained")
    column = f"mean_test_{performance}"
    ax.plot(-np.asarray(results[f"mean_test_{cost}"]), results[column], "o", alpha=0.4, label="candidates")
    ax.step(front[cost], front[column], "o-", where="post", label="beaten by none")
    ax.set(xlabel=cost, ylabel=performance)
    ax.legend()
    return ax


def _efficient(cost: np.ndarray, loss: np.ndarray) -> np.ndarray:
    """Which points no other point dominates: in order of cost, those whose loss is the least so far."""
    keep = np.zeros(len(cost), dtype=bool)
    best_cost, best_loss = -np.inf, np.inf
    for k in np.lexsort((loss, cost)):
        if np.isnan(cost[k]) or np.isnan(loss[k]):
            continue
        if loss[k] < best_loss or (loss[k] == best_loss and cost[k] == best_cost):
            keep[k], best_cost, best_loss = True, cost[k], loss[k]
    return keep
