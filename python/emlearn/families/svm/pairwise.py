"""Probabilities of classes from decisions: Platt's sigmoids, libsvm's coupling of pairs, and how far the device's may be.

Symbols: K classes; r[i, j] the probability of class i against j; the coupling makes p' Q p least over probabilities p (K,), with
Q[t, t] = sum_j r[j, t]^2 and Q[t, j] = -r[t, j] r[j, t]. libsvm stops where |Q p - p' Q p| is below 0.005 / K for every class.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

_U, _U64 = 2.0**-24, 2.0**-53
#: Of include/emlearn/detail/exponential.hpp.
_EXP = 2.0**-22
_LEAST = 1e-7
_ROUNDS = 100


def shares(decisions: np.ndarray, sigmoids: np.ndarray) -> np.ndarray:
    """Of the first class of each pair, in the decisions' dtype, shape (n_samples, n_pairs)."""
    kind = decisions.dtype.type
    z = sigmoids[:, 0].astype(kind) * decisions + sigmoids[:, 1].astype(kind)
    with np.errstate(over="ignore"):
        e = np.exp(-np.abs(z))
    p = np.where(z < 0, kind(1), e) / (kind(1) + e)
    return np.clip(p, kind(_LEAST), kind(0.9999999) if kind is np.float32 else 1 - _LEAST)


def coupled(pairs: np.ndarray, n: int) -> np.ndarray:
    """Probabilities of n classes, in the pairs' dtype."""
    return _Coupling(pairs, np.zeros(pairs.shape), n).p


def bound(sigmoids: np.ndarray, n: int, decisions: np.ndarray, wide: np.ndarray) -> np.ndarray:
    """For decisions in float64 and what they may be off, shape (n_samples, n).

    Two bounds, of which the smaller counts. The first follows both ways step by step, and holds as long as no rounding could have
    stopped one of them earlier. The second needs no steps: wherever a way stops, Q p differs from a constant by less than the tolerance, so
    that p differs from the solution p* by M (Q p - constant), M being the inverse of Q on changes that add up to zero, which turns
    every constant into zero.
    """
    z_off = np.abs(sigmoids[:, 0]) * wide + 3 * _U * (np.abs(sigmoids[:, 0] * decisions) + np.abs(sigmoids[:, 1]))
    r = shares(decisions, sigmoids)
    ends = [shares(decisions + sign * z_off / np.maximum(np.abs(sigmoids[:, 0]), 1e-300), sigmoids) for sign in (-1, 1)]
    off = np.maximum(np.abs(ends[0] - r), np.abs(ends[1] - r)) + (_EXP + 4 * _U) * r + 2 * _U
    off = np.where(np.isfinite(off) & np.isfinite(z_off), off, 1.0)
    coupling = _Coupling(r, off, n)
    with np.errstate(all="ignore"):
        steps = 2 * coupling.error
        steps[~coupling.sure] = np.inf
        result = np.fmin(np.fmin(steps, _of_tolerance(coupling)), 1.0)
    return np.nan_to_num(result, nan=1.0)


def _of_tolerance(coupling: _Coupling) -> np.ndarray:
    """Of a device that stops by its tolerance; where the rounds run out, which no row has been seen to do, 1."""
    Q, dQ, n = coupling.Q, coupling.dQ, coupling.n
    frame = np.ones((len(Q), n + 1, n + 1))
    frame[:, :n, :n], frame[:, n, n] = Q, 0.0
    inverse = np.abs(np.linalg.inv(frame)[:, :n, :n]).sum(axis=2)
    largest = np.abs(dQ).max(axis=(1, 2))[:, np.newaxis]
    rounding = (n + 6) * _U * np.abs(Q).max(axis=(1, 2))[:, np.newaxis]
    away = inverse * (2 * 0.005 / n + 4 * largest + 4 * rounding) + (n + 4) * _U
    return np.where((coupling.rounds < _ROUNDS // 2)[:, np.newaxis], away, 1.0)


class _Coupling:
    """libsvm's iteration on many rows at once, and beside each value the largest error that either way may have.

    Errors are absolute. A step t divides all by 1 + d, d = (mean - slope[t]) / Q[t, t]; written as p[t]' = 1 - (1 - p[t]) / (1 + d) and
    slope[j]' = Q[t, j] + (slope[j] - Q[t, j]) / (1 + d), what cancels in it does so in its errors too.
    """

    def __init__(self, pairs: np.ndarray, off: np.ndarray, n: int) -> None:
        kind = pairs.dtype.type
        self.n, self.rows = n, len(pairs)
        r, d = np.zeros((self.rows, n, n), kind), np.zeros((self.rows, n, n))
        first, second = np.triu_indices(n, 1)
        r[:, first, second], r[:, second, first] = pairs, kind(1) - pairs
        d[:, first, second] = d[:, second, first] = off
        self.Q = -r * np.swapaxes(r, 1, 2)
        self.dQ = d * np.abs(1 - 2 * r) + d**2 + 3 * _U * np.abs(self.Q)
        at = np.arange(n)
        self.Q[:, at, at] = (r**2).sum(axis=1)
        self.dQ[:, at, at] = (2 * r * d + d**2).sum(axis=1) + (n + 2) * _U * self.Q[:, at, at]
        self.p = np.full((self.rows, n), kind(1) / kind(n))
        self.error = np.full((self.rows, n), _U / n)
        self.drift = np.zeros(self.rows)
        self.sure, self.rounds = np.ones(self.rows, bool), np.zeros(self.rows, np.int64)
        with np.errstate(all="ignore"):
            self._run()

    def _run(self) -> None:
        kind = self.p.dtype.type
        running = np.arange(self.rows)
        for _ in range(_ROUNDS):
            if kind is np.float32:
                self.p[running] /= self.p[running].sum(axis=1, keepdims=True)
            self.error[running] += self.p[running] * (self.drift[running] + (self.n + 2) * _U)[:, np.newaxis]
            self.drift[running] = (self.n + 2) * _U
            Q, dQ, p, e = self.Q[running], self.dQ[running], self.p[running], self.error[running]
            slope = np.einsum("rij,rj->ri", Q, p)
            size = np.einsum("rij,rj->ri", np.abs(Q) + dQ, p + e)
            slope_off = np.einsum("rij,rj->ri", dQ, p + e) + np.einsum("rij,rj->ri", np.abs(Q), e) + (self.n + 2) * _U * size
            mean = (p * slope).sum(axis=1)
            reach = np.abs(slope) + slope_off
            mean_off = (e * reach + p * slope_off).sum(axis=1) + (self.n + 2) * _U * ((p + e) * reach).sum(axis=1)
            worst = np.abs(slope - mean[:, np.newaxis]).max(axis=1)
            doubt = slope_off.max(axis=1) + mean_off + 2 * _U * (worst + np.abs(mean))
            self.sure[running] &= np.abs(worst - 0.005 / self.n) > doubt
            on = worst >= kind(0.005) / kind(self.n)
            running = running[on]
            if len(running) == 0:
                return
            self.rounds[running] += 1
            self._sweep(running, slope[on], slope_off[on], mean[on], mean_off[on])

    def _sweep(self, rows: np.ndarray, slope: np.ndarray, slope_off: np.ndarray, mean: np.ndarray, mean_off: np.ndarray) -> None:
        p, e, drift = self.p[rows], self.error[rows], self.drift[rows]
        kind = p.dtype.type
        for t in range(self.n):
            Q, dQ = self.Q[rows, t], self.dQ[rows, t]
            own, own_off = Q[:, t], dQ[:, t]
            change = (mean - slope[:, t]) / own
            top_off = mean_off + slope_off[:, t] + _U * (np.abs(mean) + np.abs(slope[:, t]))
            change_off = (top_off + np.abs(change) * own_off) / np.maximum(own - own_off, 0) + 2 * _U * np.abs(change)
            whole = kind(1) + change
            least = whole - change_off - _U * np.abs(whole)
            off = np.where(least > 0, change_off + _U * np.abs(whole), np.inf) / (whole * least)  # of 1 / whole
            inner = change * own + kind(2) * slope[:, t]
            inner_off = top_off + 3 * slope_off[:, t] + 4 * _U * (np.abs(change) * own + 2 * np.abs(slope[:, t]))
            # mean + change (mean + slope[t]) over the square of 1 + change
            added_off = change_off * (np.abs(inner) + inner_off) + np.abs(change) * inner_off
            made = (mean + change * inner) / whole / whole
            mean_off = (mean_off + added_off + 6 * _U * (np.abs(mean) + np.abs(change * inner))) / (whole * least)
            mean_off += 2 * np.abs(made) * off * whole + 4 * _U * np.abs(made)
            mean = made
            gap = np.abs(slope - Q)
            slope = (slope + change[:, np.newaxis] * Q) / whole[:, np.newaxis]
            slope_off = dQ + (slope_off + dQ) / least[:, np.newaxis] + gap * off[:, np.newaxis]
            slope_off += 5 * _U * (np.abs(Q) + gap / whole[:, np.newaxis])
            rest = 1 - p[:, t] + e[:, t]
            e, kept = (e + p * (off * whole)[:, np.newaxis]) / least[:, np.newaxis], e[:, t] / least
            p[:, t] += change
            p = p / whole[:, np.newaxis]
            e[:, t] = kept + rest * off + 4 * _U * p[:, t]
            e += 4 * _U * p
            drift = drift / least + 6 * _U
        self.p[rows], self.error[rows], self.drift[rows] = p, e, drift
