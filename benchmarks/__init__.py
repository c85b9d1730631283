"""This library and others, side by side; see run.py.

SPDX-License-Identifier: MIT
"""
