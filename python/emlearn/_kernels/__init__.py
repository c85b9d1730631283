"""The device kernels compiled for the host: one extension module per family, from ``python/bindings/<family>.cpp``.

SPDX-License-Identifier: MIT
"""
