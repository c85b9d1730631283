"""What people look at: sizes, and agreement with the estimator.

SPDX-License-Identifier: MIT
"""
