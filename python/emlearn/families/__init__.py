"""One package per model family, each with the same modules: record, sklearn (readers), passes, emit, reference, kernels.

SPDX-License-Identifier: MIT
"""
