"""Which part of the work this is: as a person writes it, and as schedulers of array jobs say it."""

from __future__ import annotations

import pytest

from tcvc_cli.run.machines.shard import MOST_SHARDS, Shard, shard_of


def slurm(index: int, count: int, first: int, last: int) -> dict[str, str]:
    values = {"ID": index, "COUNT": count, "MIN": first, "MAX": last}
    return {f"SLURM_ARRAY_TASK_{name}": str(value) for name, value in values.items()}


def grid_engine(index: str, first: str, last: str, step: str) -> dict[str, str]:
    values = {"ID": index, "FIRST": first, "LAST": last, "STEPSIZE": step}
    return {f"SGE_TASK_{name}": value for name, value in values.items()}


@pytest.mark.parametrize("text", ["2/8", "1/1", f"{MOST_SHARDS}/{MOST_SHARDS}"])
def test_a_shard_is_read_and_written_the_same(text: str) -> None:
    assert str(shard_of(text, {})) == text


@pytest.mark.parametrize(
    "text",
    ["", "0/8", "9/8", "-1/8", "1/0", "8", "1/8/2", " 1/8", "1/8\n", "a/b", "٢/8", "auto/", "auto/0", "Auto",
     f"1/{MOST_SHARDS + 1}", "1.5/8", "1/99999999999"],
)  # fmt: skip
def test_what_is_no_shard_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"\A.+\Z"):
        shard_of(text, {"SLURM_ARRAY_TASK_ID": "1"})


@pytest.mark.parametrize(("index", "count"), [(0, 8), (9, 8), (-1, 8), (1, 0), (1, MOST_SHARDS + 1)])
def test_a_shard_that_cannot_be_cannot_be_made(index: int, count: int) -> None:
    with pytest.raises(ValueError, match="shard"):
        Shard(index, count)


@pytest.mark.parametrize(
    ("environment", "shard"),
    [
        (slurm(0, 8, 0, 7), Shard(1, 8)),
        (slurm(8, 8, 1, 8), Shard(8, 8)),
        (slurm(21, 4, 1, 31), Shard(3, 4)),
        (slurm(5, 1, 5, 5), Shard(1, 1)),
        (grid_engine("1", "1", "8", "1"), Shard(1, 8)),
        (grid_engine("71", "1", "80", "10"), Shard(8, 8)),
        (grid_engine("7", "3", "8", "2"), Shard(3, 3)),
    ],
)
def test_arrays_whose_shape_is_known_count_themselves(environment: dict[str, str], shard: Shard) -> None:
    assert shard_of("auto", environment) == shard


def test_every_task_of_an_array_with_a_step_has_a_shard_of_its_own() -> None:
    tasks = range(4, 101, 7)
    shards = [shard_of("auto", slurm(task, len(tasks), tasks[0], tasks[-1])) for task in tasks]
    assert shards == [Shard(place, len(tasks)) for place in range(1, len(tasks) + 1)]


def test_an_array_with_holes_is_refused_by_one_of_its_tasks_at_least() -> None:
    with pytest.raises(ValueError, match="equal distances"):
        shard_of("auto", slurm(5, 3, 1, 7))
    with pytest.raises(ValueError, match="equal distances"):
        shard_of("auto", slurm(1, 3, 1, 8))
    assert shard_of("auto/8", slurm(5, 3, 1, 7)) == Shard(5, 8)


@pytest.mark.parametrize("variable", ["PBS_ARRAY_INDEX", "PBS_ARRAYID", "LSB_JOBINDEX"])
def test_arrays_that_do_not_say_how_many_they_are_need_to_be_told(variable: str) -> None:
    assert shard_of("auto/8", {variable: "3"}) == Shard(3, 8)
    with pytest.raises(ValueError, match="auto/N"):
        shard_of("auto", {variable: "3"})


@pytest.mark.parametrize("index", ["0", "9"])
def test_a_task_outside_of_the_count_is_refused(index: str) -> None:
    with pytest.raises(ValueError, match="count from 1 to 8"):
        shard_of("auto/8", {"PBS_ARRAY_INDEX": index})


@pytest.mark.parametrize(
    "environment",
    [{}, grid_engine("undefined", "undefined", "undefined", "undefined"), {"LSB_JOBINDEX": "0"}],
)
@pytest.mark.parametrize("text", ["auto", "auto/8"])
def test_auto_outside_of_an_array_job_is_refused(text: str, environment: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="array job"):
        shard_of(text, environment)


@pytest.mark.parametrize("value", ["", "x", "-1", "1e3", "1" * 50])
def test_variables_that_hold_no_number_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="SLURM_ARRAY_TASK_COUNT"):
        shard_of("auto", {**slurm(1, 8, 1, 8), "SLURM_ARRAY_TASK_COUNT": value})
    with pytest.raises(ValueError, match="PBS_ARRAY_INDEX"):
        shard_of("auto/8", {"PBS_ARRAY_INDEX": value or "?"})
