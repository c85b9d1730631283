"""Weights rounded so that the sums over the calibration rows change least, not each weight.

The scale of an output's weights is the fraction of the largest weight that leaves the least error, clipping included. Then one input
after the other is rounded, and what rounding took off is made up for by the inputs not rounded yet, as far as these move with it on
the calibration rows (Frantar et al., GPTQ, 2022: the update of optimal brain surgeon, one order for all outputs).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

#: Parts of the largest weight that are tried for the scale.
_FRACTIONS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)

#: Added to the moments' diagonal, in units of its mean: the rows are a sample, and may be fewer than the inputs.
_DAMPING = 0.01

#: Rows for each input from which on weights are fitted to them: fewer would be learned by heart.
_ENOUGH = 30


def moments(whole: np.ndarray) -> np.ndarray:
    """The inputs' second moments around their means, which the bias takes care of; (n_in, n_in), damped."""
    centered = whole - whole.mean(axis=0)
    G = centered.T @ centered / len(whole)
    return G + np.eye(len(G)) * max(_DAMPING * float(np.mean(np.diag(G))), 1e-12)


def least_error_scale(W: np.ndarray, G: np.ndarray, most: int) -> np.ndarray:
    """The scale for each output (n_out,) of weights W (n_out, n_in), which are clamped to +-most."""
    largest = np.max(np.abs(W), axis=1) / most
    best, error = largest.copy(), np.full(len(W), np.inf)
    for fraction in _FRACTIONS:
        scale = np.where(largest > 0, largest * fraction, 1.0)[:, None]
        off = np.clip(np.rint(W / scale), -most, most) * scale - W
        found = np.einsum("ji,ik,jk->j", off, G, off)
        best, error = np.where(found < error, largest * fraction, best), np.minimum(found, error)
    return best


def fitted(W: np.ndarray, G: np.ndarray, whole: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Weights W (n_out, n_in) that make up for what earlier layers lost, as far as what is left of it tells.

    Parameters
    ----------
    whole : ndarray of shape (n_samples, n_in)
        The integer network's inputs, with moments G.
    real : ndarray of shape (n_samples, n_out)
        The float network's sums.
    """
    if len(whole) < _ENOUGH * W.shape[1]:
        return W
    q = whole - whole.mean(axis=0)
    lost = real - real.mean(axis=0) - q @ W.T
    return np.where(W != 0, W + np.linalg.solve(G, q.T @ lost / len(q)).T, 0)


def rounded(W: np.ndarray, G: np.ndarray, scale: np.ndarray, most: int) -> np.ndarray:
    """Whole weights in +-most for W (n_out, n_in) / scale (n_out,); those of zero, which were pruned, stay zero."""
    left = W / scale[:, None]
    order = np.argsort(-np.diag(G), kind="stable")
    left, kept, G = left[:, order], (W != 0)[:, order], G[np.ix_(order, order)]
    # Row i of the upper Cholesky factor of the inverse: how the inputs after i make up for an error of i.
    upper = np.linalg.cholesky(np.linalg.inv(G)).T
    whole = np.empty_like(left)
    for i in range(len(G)):
        whole[:, i] = np.where(kept[:, i], np.clip(np.rint(left[:, i]), -most, most), 0)
        off = (left[:, i] - whole[:, i]) / upper[i, i]
        left[:, i + 1 :] -= off[:, None] * upper[i, i + 1 :]
    result = np.empty_like(whole)
    result[:, order] = whole
    return result
