"""Models of boosting libraries as those store them, read without the libraries.

SPDX-License-Identifier: MIT
"""
