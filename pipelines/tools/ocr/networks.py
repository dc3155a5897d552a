"""Load PaddleOCR's two networks (Apache-2.0), which come inside the wheel `rapidocr`; nothing is downloaded."""

from __future__ import annotations

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from pipelines.tools.wheels import file_in

Values = NDArray[np.float32]

_WHEEL = "rapidocr"
_DETECTION, _RECOGNITION = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"


class Network:
    """One network with one input and one output, run by one thread. Raises FileNotFoundError without the wheel."""

    def __init__(self, name: str) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # it would keep the memory of the largest picture
        self._session = onnxruntime.InferenceSession(
            str(file_in(_WHEEL, "models", name)), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def __call__(self, values: Values) -> Values:
        """Return the output for one input, without its batch axis."""
        return np.asarray(self._session.run(None, {self._input: values})[0][0], np.float32)

    @property
    def alphabet(self) -> tuple[str, ...]:
        """Return the characters of a recognition network, in the order of its classes: the blank, all others, space."""
        characters = self._session.get_modelmeta().custom_metadata_map["character"]
        return ("", *characters.split("\n"), " ")


def detection() -> Network:
    """Return the network that tells for each pixel how likely it is part of a line of text (DB)."""
    return Network(_DETECTION)


def recognition() -> Network:
    """Return the network that reads a line of 48 pixels' height (CTC)."""
    return Network(_RECOGNITION)
