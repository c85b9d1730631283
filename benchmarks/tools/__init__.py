"""One module per foreign tool; each runs in an environment where that tool is installed.

Every module exports ``generate(estimator, case) -> Iterator[Attempt]``: what the tool makes of a fitted estimator, each with its
best options, as a text that defines ``emlearn_predict``.

SPDX-License-Identifier: MIT
"""

#: Modules by the name shown in tables, in the tables' order.
TOOLS = {
    "emlearn 0.23": "emlearn_0_23",
    "m2cgen": "m2cgen",
    "micromlgen": "micromlgen",
    "everywhereml": "everywhereml",
    "tl2cgen": "tl2cgen",
    "CMSIS-NN": "cmsis_nn",
    "TFLite Micro": "tflite_micro",
}

#: Those that the benchmark asks for several numbers to a row.
SEVERAL_OUTPUTS = ("CMSIS-NN", "TFLite Micro")
