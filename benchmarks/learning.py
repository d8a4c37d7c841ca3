"""The learning curve: one recipe at several numbers of photographs, with the same number of steps.

python -m benchmarks.learning FEATURES VALIDATION WORK --items N ... [--steps N]

FEATURES and VALIDATION are folders of `tcvc train features`: the store `train` of the one is learned
from, the store `validation` of the other judges. A single member of the places of tcvc-dino is trained for
every number of items; gains and hue agreement are judged place by place, over all pixels alike and picture
by picture. WORK keeps the checkpoints; a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import torch

from benchmarks.machine import probe
from tcvc_cli.train.config import PlacesConfig
from tcvc_cli.train.material.features import FeatureStore
from tcvc_cli.train.places import train_part

HEADER = f"{'photographs':>11s}  judged on     gain pooled  and mean  hue pooled  and mean  amount"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("features", type=Path)
    parser.add_argument("validation", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--items", type=int, nargs="+", required=True)
    parser.add_argument("--steps", type=int, default=PlacesConfig().steps)
    chosen = parser.parse_args()
    validation = FeatureStore(chosen.validation / "validation")
    print(probe())
    print(f"\n{HEADER}")
    for items in chosen.items:
        work = chosen.work / str(items)
        work.mkdir(parents=True, exist_ok=True)
        config = replace(PlacesConfig(), most_items=items, steps=chosen.steps, save_every=chosen.steps)
        store = FeatureStore(chosen.features / "train")
        for line in train_part(0, store, validation, work, config, torch.device("cpu")):
            row = json.loads(line)
            if "validation" in row:
                print(
                    f"{items:11d}  {row['validation']:12s} {row['pooled_gain_db']:+12.2f}"
                    f" {row['mean_gain_db']:+9.2f} {row['pooled_hue_agreement']:11.3f}"
                    f" {row['hue_agreement']:9.3f} {row['amount']:7.2f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
