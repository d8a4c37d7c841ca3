"""A tiny colorizer as an ONNX file."""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray

A, B = (0.3, -5.0), (-0.4, 30.0)  # factor of L*, and what is added
CELL_PX = 4


def expected_ab(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the model says of places of this L*: (..., 2), CIE units."""
    return np.stack([lightness * factor + added for factor, added in (A, B)], axis=-1)


def colorizer_model() -> bytes:
    """(1, 1, 256, 256) L* -> (1, 2, 64, 64) ab, as a convolution and a mean over cells."""
    helper, tensor = onnx.helper, onnx.numpy_helper.from_array
    nodes = [
        helper.make_node("Conv", ["lightness", "weight", "bias"], ["fine"], kernel_shape=[1, 1]),
        helper.make_node(
            "AveragePool", ["fine"], ["ab"], kernel_shape=[CELL_PX, CELL_PX], strides=[CELL_PX, CELL_PX]
        ),
    ]
    held = [
        tensor(np.array([A[0], B[0]], np.float32).reshape(2, 1, 1, 1), "weight"),
        tensor(np.array([A[1], B[1]], np.float32), "bias"),
    ]
    shapes = (("lightness", [1, 1, 256, 256]), ("ab", [1, 2, 64, 64]))
    given, found = (
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, size) for name, size in shapes
    )
    graph = helper.make_graph(nodes, "colorizer", [given], [found], held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content
