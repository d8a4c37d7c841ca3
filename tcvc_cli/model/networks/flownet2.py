"""FlowNet2 (Ilg et al. 2017), as the published network uses it: five networks, one flow.

    first, second ─► FlowNetC ─► FlowNetS ─► FlowNetS ─┐
          └────────► FlowNetSD ────────────────────────┴─► FlowNetFusion ─► flow

Each network after FlowNetC sees how badly the flow so far explains the first picture. Parameters have
their published names. Flows are float32 throughout, whatever the precision of the convolutions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tcvc_cli.model.networks.correlation import STEPS, correlate
from tcvc_cli.model.networks.padding import padded
from tcvc_cli.model.warp import warp

_FLOW_SCALE: Final = 20.0  # px for a network's output of 1 ("div_flow")
_PX_AT_ONCE: Final = 4 * 256 * 256  # of pictures in a batch; weights are then fetched once for all


def _conv(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=(kernel - 1) // 2)
    return nn.Sequential(conv, nn.LeakyReLU(0.1, inplace=True))


def _deconv(inputs: int, outputs: int) -> nn.Sequential:
    conv = nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1)
    return nn.Sequential(conv, nn.LeakyReLU(0.1, inplace=True))


def _linear_conv(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1))


class _FlowHead(nn.Conv2d):
    """Features of any precision -> (B, 2, H, W) float32 flow."""

    def __init__(self, inputs: int) -> None:
        super().__init__(inputs, 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            bias = None if self.bias is None else self.bias.float()
            return F.conv2d(x.float(), self.weight.float(), bias, padding=1)


class _FlowUp(nn.ConvTranspose2d):
    """Doubles the size of a float32 flow."""

    def __init__(self, *, bias: bool) -> None:
        super().__init__(2, 2, 4, stride=2, padding=1, bias=bias)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            bias = None if self.bias is None else self.bias.float()
            return F.conv_transpose2d(x, self.weight.float(), bias, stride=2, padding=1)


class _Pyramid(nn.Module):
    """What FlowNetC, S and SD share: from stride 8 down to 64, and back up to a flow at stride 4."""

    def _add_descent(self, inputs: int) -> None:
        self.conv3_1 = _conv(inputs, 256)
        self.conv4, self.conv4_1 = _conv(256, 512, stride=2), _conv(512, 512)
        self.conv5, self.conv5_1 = _conv(512, 512, stride=2), _conv(512, 512)
        self.conv6, self.conv6_1 = _conv(512, 1024, stride=2), _conv(1024, 1024)

    def _add_ascent(self, *, has_inter: bool, has_up_bias: bool) -> None:
        joined = {5: 1026, 4: 770, 3: 386, 2: 194}  # skip, deconvolution and upsampled flow
        before = {5: 1024, 4: 1026, 3: 770, 2: 386}
        seen = {5: 512, 4: 256, 3: 128, 2: 64} if has_inter else joined
        for level, inputs in before.items():
            self.add_module(f"deconv{level}", _deconv(inputs, {5: 512, 4: 256, 3: 128, 2: 64}[level]))
        for level in seen if has_inter else ():
            self.add_module(f"inter_conv{level}", _linear_conv(joined[level], seen[level]))
        for level, inputs in {6: 1024, **seen}.items():
            self.add_module(f"predict_flow{level}", _FlowHead(inputs))
        for level in seen:
            self.add_module(f"upsampled_flow{level + 1}_to_{level}", _FlowUp(bias=has_up_bias))
        self._has_inter = has_inter

    def _flow_at_stride_4(self, c2: Tensor, c3: Tensor) -> Tensor:
        """c2 (B, 128, H/4, W/4), c3 (B, inputs, H/8, W/8) -> (B, 2, H/4, W/4) in units of 20 px."""
        c3 = self.conv3_1(c3)
        c4 = self.conv4_1(self.conv4(c3))
        c5 = self.conv5_1(self.conv5(c4))
        x: Tensor = self.conv6_1(self.conv6(c5))
        flow = self._predict(6, x)
        for level, skip in ((5, c5), (4, c4), (3, c3), (2, c2)):
            up = self.get_submodule(f"upsampled_flow{level + 1}_to_{level}")(flow)
            x = torch.cat((skip, self.get_submodule(f"deconv{level}")(x), up.to(skip.dtype)), 1)
            flow = self._predict(level, x)
        return flow

    def _predict(self, level: int, x: Tensor) -> Tensor:
        if self._has_inter and level < 6:
            x = self.get_submodule(f"inter_conv{level}")(x)
        return cast(Tensor, self.get_submodule(f"predict_flow{level}")(x))


class FlowNetC(_Pyramid):
    """Matches features of two pictures. `encode` each picture once; `forward` joins two of them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = _conv(3, 64, 7, 2)
        self.conv2 = _conv(64, 128, 5, 2)
        self.conv3 = _conv(128, 256, 5, 2)
        self.conv_redir = _conv(256, 32, 1)
        self._add_descent(32 + STEPS * STEPS)
        self._add_ascent(has_inter=False, has_up_bias=True)

    def encode(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, H, W) -> (B, 128, H/4, W/4) and (B, 256, H/8, W/8)."""
        c2 = self.conv2(self.conv1(picture))
        return c2, self.conv3(c2)

    def forward(self, c2: Tensor, c3: Tensor, c3_second: Tensor) -> Tensor:
        """Flow at stride 4 in units of 20 px; `c2` and `c3` belong to the first picture."""
        matches = F.leaky_relu(correlate(c3, c3_second), 0.1, inplace=True)
        return self._flow_at_stride_4(c2, torch.cat((self.conv_redir(c3), matches), 1))


class FlowNetS(_Pyramid):
    """Refines a flow: (B, 12, H, W) -> flow at stride 4 in units of 20 px."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = _conv(12, 64, 7, 2)
        self.conv2 = _conv(64, 128, 5, 2)
        self.conv3 = _conv(128, 256, 5, 2)
        self._add_descent(256)
        self._add_ascent(has_inter=False, has_up_bias=False)

    def forward(self, x: Tensor) -> Tensor:
        c2 = self.conv2(self.conv1(x))
        return self._flow_at_stride_4(c2, self.conv3(c2))


class FlowNetSD(_Pyramid):
    """Sees small motion: (B, 6, H, W), both pictures -> flow at stride 4."""

    def __init__(self) -> None:
        super().__init__()
        self.conv0 = _conv(6, 64)
        self.conv1, self.conv1_1 = _conv(64, 64, stride=2), _conv(64, 128)
        self.conv2, self.conv2_1 = _conv(128, 128, stride=2), _conv(128, 128)
        self.conv3 = _conv(128, 256, stride=2)
        self._add_descent(256)
        self._add_ascent(has_inter=True, has_up_bias=True)

    def forward(self, x: Tensor) -> Tensor:
        c1 = self.conv1_1(self.conv1(self.conv0(x)))
        c2 = self.conv2_1(self.conv2(c1))
        return self._flow_at_stride_4(c2, self.conv3(c2))


class FlowNetFusion(nn.Module):
    """Chooses between two flows: (B, 11, H, W) -> (B, 2, H, W) float32 flow in px."""

    def __init__(self) -> None:
        super().__init__()
        self.conv0 = _conv(11, 64)
        self.conv1, self.conv1_1 = _conv(64, 64, stride=2), _conv(64, 128)
        self.conv2, self.conv2_1 = _conv(128, 128, stride=2), _conv(128, 128)
        self.deconv1, self.deconv0 = _deconv(128, 32), _deconv(162, 16)
        self.inter_conv1, self.inter_conv0 = _linear_conv(162, 32), _linear_conv(82, 16)
        self.predict_flow2, self.predict_flow1 = _FlowHead(128), _FlowHead(32)
        self.predict_flow0 = _FlowHead(16)
        self.upsampled_flow2_to_1, self.upsampled_flow1_to_0 = _FlowUp(bias=True), _FlowUp(bias=True)

    def forward(self, x: Tensor) -> Tensor:
        c0 = self.conv0(x)
        c1 = self.conv1_1(self.conv1(c0))
        c2 = self.conv2_1(self.conv2(c1))
        up = self.upsampled_flow2_to_1(self.predict_flow2(c2))
        joined = torch.cat((c1, self.deconv1(c2), up.to(c1.dtype)), 1)
        up = self.upsampled_flow1_to_0(self.predict_flow1(self.inter_conv1(joined)))
        joined = torch.cat((c0, self.deconv0(joined), up.to(c0.dtype)), 1)
        return cast(Tensor, self.predict_flow0(self.inter_conv0(joined)))


def _length(vector: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, 1, H, W) Euclidean length over the channels."""
    return vector.square().sum(1, keepdim=True).sqrt()


def _full_size(flow: Tensor, mode: str) -> Tensor:
    return F.interpolate(flow, scale_factor=4, mode=mode, align_corners=False if mode == "bilinear" else None)


class FlowNet2(nn.Module):
    """Dense flow between two grey pictures, first(p) ~ second(p + flow(p)); a `FlowEstimator`.

    Pictures are (B, 1, H, W) lightness, L* in [0, 100]. Flows are (B, 2, H, W) float32 in px, dx then dy.
    Only differences of lightness count: any constant may be added to both pictures.
    """

    size_multiple: Final = 64

    def __init__(self) -> None:
        super().__init__()
        self.flownetc = FlowNetC()
        self.flownets_1 = FlowNetS()
        self.flownets_2 = FlowNetS()
        self.flownets_d = FlowNetSD()
        self.flownetfusion = FlowNetFusion()

    def between(self, a: Tensor, b: Tensor) -> Tensor:
        """Flow from each `a` to its `b`, of any size and number: padded, cropped, a few pairs at a time."""
        return torch.cat([self(*pair)[..., : a.shape[-2], : a.shape[-1]] for pair in self._portions(a, b)])

    def both_ways(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """Flow from each `a` to its `b`, and back; FlowNetC looks at each picture once."""
        forth, back = zip(*(self._there_and_back(*pair) for pair in self._portions(a, b)), strict=True)
        height, width = a.shape[-2:]
        return torch.cat(forth)[..., :height, :width], torch.cat(back)[..., :height, :width]

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Flow from `first` to `second`; H and W are multiples of 64."""
        pictures = _normalised(first, second)
        c2, c3 = self._encode(pictures)
        (a, b), (c3_a, c3_b) = pictures.chunk(2), c3.chunk(2)
        return self._assemble(a, b, c2.chunk(2)[0], c3_a, c3_b)

    def _there_and_back(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        pictures = _normalised(first, second)
        c2, c3 = self._encode(pictures)
        forth, back = self._assemble(pictures, _swapped(pictures), c2, c3, _swapped(c3)).chunk(2)
        return forth, back

    def _portions(self, a: Tensor, b: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Pairs of padded pictures, as many as fit into the memory meant for them."""
        a, b = padded(a, self.size_multiple), padded(b, self.size_multiple)
        count = max(1, _PX_AT_ONCE // (a.shape[-2] * a.shape[-1]))
        return zip(torch.split(a, count), torch.split(b, count), strict=True)

    def _encode(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        return self.flownetc.encode(pictures.to(self._dtype))

    def _assemble(self, first: Tensor, second: Tensor, c2: Tensor, c3: Tensor, c3_second: Tensor) -> Tensor:
        flow = _full_size(self.flownetc(c2, c3, c3_second) * _FLOW_SCALE, "bilinear")
        flow = self._refined(self.flownets_1, first, second, flow, "bilinear")
        flow = self._refined(self.flownets_2, first, second, flow, "nearest")
        small = self.flownets_d(torch.cat((first, second), 1).to(self._dtype)) / _FLOW_SCALE
        return self._fused(first, second, _full_size(small, "nearest"), flow)

    def _refined(self, net: FlowNetS, first: Tensor, second: Tensor, flow: Tensor, mode: str) -> Tensor:
        warped = warp(second, flow)
        x = torch.cat((first, second, warped, flow / _FLOW_SCALE, _length(first - warped)), 1)
        return _full_size(net(x.to(self._dtype)) * _FLOW_SCALE, mode)

    def _fused(self, first: Tensor, second: Tensor, small: Tensor, large: Tensor) -> Tensor:
        errors = [_length(first - warp(second, flow)) for flow in (small, large)]
        x = torch.cat((first, small, large, _length(small), _length(large), *errors), 1)
        return cast(Tensor, self.flownetfusion(x.to(self._dtype)))

    @property
    def _dtype(self) -> torch.dtype:
        return next(self.parameters()).dtype


def _normalised(first: Tensor, second: Tensor) -> Tensor:
    """(2B, 3, H, W): both pictures in [0, 1] units less their common mean, as three equal channels."""
    centred = torch.cat((first, second)).float() / 100
    mean = centred.mean((1, 2, 3)).view(2, -1).mean(0).repeat(2)
    return (centred - mean.view(-1, 1, 1, 1)).expand(-1, 3, -1, -1)


def _swapped(pair: Tensor) -> Tensor:
    first, second = pair.chunk(2)
    return torch.cat((second, first))
