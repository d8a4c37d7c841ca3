"""Reading DINOv2's tensors out of a graph that was exported as the published one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from tcvc_cli.errors import UnreadableInput
from tcvc_cli.train.dinov2 import published_tensors

QUERY = "/backbone/encoder/layer.0/attention/attention/query/MatMul"
POSITION = "/backbone/embeddings/"


def graph_file(
    tmp_path: Path,
    nodes: Sequence[tuple[str, str, Sequence[str], Sequence[str]]],
    tensors: Mapping[str, NDArray[np.float32]],
) -> Path:
    made = [onnx.helper.make_node(kind, inputs, outputs, name=name) for kind, name, inputs, outputs in nodes]
    held = [onnx.numpy_helper.from_array(value, name) for name, value in tensors.items()]
    graph = onnx.helper.make_graph(made, "exported", [], [], held)
    path = tmp_path / "graph.onnx"
    path.write_bytes(onnx.helper.make_model(graph).SerializeToString())
    return path


def tensors_and_nodes() -> tuple[dict[str, NDArray[np.float32]], list[tuple[str, str, list[str], list[str]]]]:
    draw = np.random.default_rng(0)
    tensors = {
        "backbone.embeddings.cls_token": draw.normal(size=(1, 1, 6)).astype(np.float32),
        "backbone.encoder.layer.0.attention.attention.query.bias": draw.normal(size=6).astype(np.float32),
        "onnx::MatMul_1": draw.normal(size=(6, 4)).astype(np.float32),
        "onnx::Concat_2": draw.normal(size=(1, 1, 6)).astype(np.float32),
        "onnx::Reshape_3": draw.normal(size=(1, 9, 6)).astype(np.float32),
        "decoder.weight": draw.normal(size=(2, 2)).astype(np.float32),
    }
    nodes = [
        ("Reshape", f"{POSITION}Reshape_1", ["onnx::Reshape_3", "shape"], ["grid"]),
        ("Concat", f"{POSITION}Concat_1", ["backbone.embeddings.cls_token", "patches"], ["tokens"]),
        ("Concat", f"{POSITION}Concat_6", ["onnx::Concat_2", "grid"], ["positions"]),
        ("MatMul", QUERY, ["tokens", "onnx::MatMul_1"], ["query"]),
    ]
    return tensors, nodes


def test_matrices_are_named_by_the_nodes_that_use_them(tmp_path: Path) -> None:
    tensors, nodes = tensors_and_nodes()
    read = published_tensors(graph_file(tmp_path, nodes, tensors))
    query = read["backbone.encoder.layer.0.attention.attention.query.weight"]
    np.testing.assert_array_equal(query, tensors["onnx::MatMul_1"].T)
    positions = read["backbone.embeddings.position_embeddings"]
    np.testing.assert_array_equal(positions[:, :1], tensors["onnx::Concat_2"])
    np.testing.assert_array_equal(positions[:, 1:], tensors["onnx::Reshape_3"])
    assert not any(name.startswith(("decoder", "onnx")) for name in read)


def test_what_is_no_such_graph_is_refused(tmp_path: Path) -> None:
    tensors, nodes = tensors_and_nodes()
    with pytest.raises(UnreadableInput, match="no encoder"):
        published_tensors(graph_file(tmp_path, nodes[3:], tensors))
    (tmp_path / "film.onnx").write_bytes(b"\xff no graph \xff")
    with pytest.raises(UnreadableInput, match="no ONNX graph"):
        published_tensors(tmp_path / "film.onnx")
