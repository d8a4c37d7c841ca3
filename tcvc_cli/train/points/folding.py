"""From what was learned along axes to the weights of `tcvc-points`, which know the planes themselves."""

from __future__ import annotations

import torch
from torch import Tensor

from tcvc_cli.model.memory.point_kernel import LOOKS, PointKernel
from tcvc_cli.train.points.learning import Learner
from tcvc_cli.train.points.projection import OUTLINE_AXES, THING_AXES, SeenProjection


@torch.no_grad()
def folded(learner: Learner, projection: SeenProjection) -> PointKernel:
    """In eval mode."""
    kernel = PointKernel().eval()
    looks, things, outlines = torch.split(learner.look.weight, [LOOKS, THING_AXES, OUTLINE_AXES], 1)
    kernel.looks.weight.copy_(looks)
    kernel.looks.bias.copy_(learner.look.bias)
    _set(kernel.things, *projection.things.folded(things))
    _set(kernel.outlines, *projection.outlines.folded(outlines))
    kernel.say.load_state_dict(learner.say.state_dict())
    kernel.scales.copy_(learner.scales)
    kernel.growth.copy_(learner.growth)
    return kernel


def _set(layer: torch.nn.Conv2d, weight: Tensor, bias: Tensor) -> None:
    layer.load_state_dict({"weight": weight[..., None, None], "bias": bias})
