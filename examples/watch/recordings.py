"""The recordings, as a chip would see them: whole sensor counts in, a row of whole-number features per window out.

`firmware/features.hpp` computes the same features in C++, sample by sample; the demo compares the two on every window.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

#: What one count of an IMU means at the usual ranges of +-8 g and +-2000 degrees per second, 16 bits.
ACCELERATION = 8 / 32768  # g
ROTATION = np.radians(2000) / 32768  # rad/s
CHANNELS = {"ax": ACCELERATION, "ay": ACCELERATION, "az": ACCELERATION, "wx": ROTATION, "wy": ROTATION, "wz": ROTATION}

SAMPLE_RATE = 50  # Hz
WINDOW = 256  # samples: 5.12 s, about one or two repetitions of an exercise
HOP = 128

STATISTICS = ("mean", "std", "min", "max", "rms", "crossings")
FEATURES = tuple(f"{channel}_{statistic}" for channel in CHANNELS for statistic in STATISTICS)

#: feature in g, rad/s or crossings = whole number * SCALE
SCALE = np.array([1.0 if statistic == "crossings" else unit for unit in CHANNELS.values() for statistic in STATISTICS])

#: Nobody's window is in both parts: the scores are those of people whom the models have never seen.
TEST_SUBJECTS = (8, 9, 10)


@dataclasses.dataclass(frozen=True)
class Windows:
    """Windows of all recordings, in order.

    Attributes
    ----------
    samples : ndarray of shape (n_windows, WINDOW, 6), int16
        Sensor counts.
    features : ndarray of shape (n_windows, 36), int16
        In counts, columns as FEATURES.
    labels : ndarray of shape (n_windows,), str
        The exercise.
    subject : ndarray of shape (n_windows,), int
        Who wore the watch.
    """

    samples: np.ndarray
    features: np.ndarray
    labels: np.ndarray
    subject: np.ndarray

    @property
    def is_test(self) -> np.ndarray:
        return np.isin(self.subject, TEST_SUBJECTS)


def load() -> Windows:
    """Read the recordings that the package seglearn ships, and cut them into windows."""
    from seglearn.datasets import load_watch

    data = load_watch()
    cuts, labels, subject = [], [], []
    for recording, exercise, person in zip(data["X"], data["y"], data["subject"], strict=True):
        samples = counts(np.asarray(recording))
        for start in range(0, len(samples) - WINDOW + 1, HOP):
            cuts.append(samples[start : start + WINDOW])
            labels.append(data["y_labels"][int(exercise)])
            subject.append(int(person))
    samples = np.array(cuts)
    return Windows(samples, features(samples), np.array(labels), np.array(subject))


def counts(recording: np.ndarray) -> np.ndarray:
    """int16 counts of a recording in g and rad/s, shape (n_samples, 6): rounded, and cut off at the sensor's range."""
    whole = np.rint(recording / np.array(list(CHANNELS.values())))
    return np.clip(whole, -32768, 32767).astype(np.int16)


def features(samples: np.ndarray) -> np.ndarray:
    """int16 of shape (n_windows, 36) for counts of shape (n_windows, WINDOW, 6), in whole numbers throughout."""
    x = samples.astype(np.int64)
    total, squares = x.sum(axis=1), (x * x).sum(axis=1)
    negative = x < 0
    columns = {
        "mean": total // WINDOW,
        "std": root(WINDOW * squares - total * total) // WINDOW,
        "min": x.min(axis=1),
        "max": x.max(axis=1),
        "rms": root(squares // WINDOW),
        "crossings": (negative[:, 1:] != negative[:, :-1]).sum(axis=1),
    }
    rows = np.stack([columns[statistic] for statistic in STATISTICS], axis=2)  # (n_windows, 6 channels, 6 statistics)
    return np.minimum(rows.reshape(len(x), -1), 32767).astype(np.int16)


def root(values: np.ndarray) -> np.ndarray:
    """The whole part of the square root: float64 gives it within one, two comparisons settle it."""
    guess = np.sqrt(values.astype(np.float64)).astype(np.int64)
    guess -= guess * guess > values
    return guess + ((guess + 1) * (guess + 1) <= values)
