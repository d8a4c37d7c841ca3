"""What would OpenVINO gain? The encoder of `tcvc-dino`, which is most of a look at an anchor, with PyTorch
and with OpenVINO, each on one core, as a run computes it.

pip install openvino && python -m benchmarks.openvino_encoder [--size 224x392]

An anchor for 16 frames is all that it computes: `python -m benchmarks.throughput` says what a frame takes in
all, and so what a faster encoder is worth.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from benchmarks.machine import probe
from tcvc_cli.model.networks.dino import TAPS, Dino
from tcvc_cli.model.networks.vit import PATCH_PX, VisionTransformer
from tcvc_cli.model.precision import Precision
from tcvc_cli.model.runtime import has_fast_bfloat16, load_network, precision_on

_RUNS = 8


class Encoder(nn.Module):
    """(1, 3, H, W) -> (1, taps, 1 + T, 384)."""

    def __init__(self, encoder: VisionTransformer) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, picture: Tensor) -> Tensor:
        return torch.stack(self.encoder(picture, TAPS), 1)


def processor_ms(work: Callable[[], object]) -> float:
    """Of one of several, behind two that warm up."""
    for _ in range(2):
        work()
    started = time.process_time()
    for _ in range(_RUNS):
        work()
    return 1000 * (time.process_time() - started) / _RUNS


def with_openvino(encoder: Encoder, picture: Tensor, precision: Precision) -> tuple[float, Tensor]:
    """Processor time in ms, and what it says."""
    import openvino

    kind = "bf16" if precision.layers is torch.bfloat16 else "f32"
    settings = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": kind, "NUM_STREAMS": 1}
    model = openvino.convert_model(encoder, example_input=picture)
    request = openvino.Core().compile_model(model, "CPU", settings).create_infer_request()
    pixels = picture.numpy()
    taken = processor_ms(lambda: request.infer([pixels]))
    return taken, torch.from_numpy(request.infer([pixels])[0])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", default="224x392", metavar="HxW", help="multiples of 14")
    height, width = (int(side) // PATCH_PX * PATCH_PX for side in parser.parse_args().size.split("x"))
    print(probe())
    torch.set_num_threads(1)
    device = torch.device("cpu")
    network, precision = load_network("tcvc-dino", device), precision_on(device)
    assert isinstance(network, Dino)
    encoder, picture = Encoder(network.encoder), torch.randn(1, 3, height, width)
    print(f"bfloat16 {'is' if has_fast_bfloat16(device) else 'is not'} fast here")
    with torch.inference_mode():
        exact = encoder(picture)
        with precision.autocast():
            torch_ms, said = processor_ms(lambda: encoder(picture)), encoder(picture).float()
        openvino_ms, other = with_openvino(encoder, picture, precision)
    spread = float(exact.std())
    for name, taken, tokens in (("PyTorch", torch_ms, said), ("OpenVINO", openvino_ms, other.float())):
        error = float((tokens - exact).abs().mean()) / spread
        print(f"{name:9s} {taken:7.1f} ms of processor time, off by {error:.4f} of the spread of tokens")


if __name__ == "__main__":
    main()
