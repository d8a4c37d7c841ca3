"""What docs/control.md tells people to type works as it stands there, and does what is said of it."""

from __future__ import annotations

import json
import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from examples.six_shots import read_result
from tcvc_cli.cli.main import main
from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.measure.proof.compare import compare
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tests.material.colored_films import colors_of
from tests.material.control_page import EDGES, NETWORK, STROKE_RGB, Block, make_material, run_page
from tests.material.present import present

pytestmark = pytest.mark.slow

SECTIONS = (
    "One settings file",
    "Points",
    "Only what changed",
    "Only what changed",
    "Several colourings",
    "Bring your own colours and steady them",
    "Bring your own colours and steady them",
    "A model of your own",
    "Live and causal",
    "Grade",
    "Photographs",
    "Photographs",
)
RESULT, SIDECAR = "film.color.mkv", "film.color.mkv.json"
FIRST_SHOTS = range(1, 4)


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> list[Block]:
    page = (Path(__file__).parents[2] / "docs" / "control.md").read_text("utf-8")
    folder, copies = tmp_path_factory.mktemp("films"), tmp_path_factory.mktemp("copies")
    make_material(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return list(run_page(page, folder, copies))


def block(blocks: list[Block], section: str, number: int = 0) -> Block:
    found = [one for one in blocks if one.section == section][number]
    if not found.is_run:
        pytest.skip("there is no ffmpeg")
    return found


def packets_of_shot(folder: Path, number: int) -> list[bytes]:
    """Of the picture of the finished film; each frame is one."""
    start, stop = EDGES[number - 1 : number + 1]
    with av.open(str(folder / RESULT)) as film:
        return [bytes(one) for one in film.demux(video=0) if one.size][start:stop]


def sound_of(path: Path) -> list[bytes]:
    with av.open(str(path)) as film:
        return [bytes(one) for one in film.demux(audio=0) if one.size]


def unchanged(one: Block) -> list[int]:
    """The numbers of the shots whose packets are what they were."""
    numbers = range(1, len(EDGES))
    return [no for no in numbers if packets_of_shot(one.before, no) == packets_of_shot(one.after, no)]


def stated(folder: Path, name: str = SIDECAR) -> Any:
    return json.loads((folder / name).read_text("utf-8"))


def looks(folder: Path) -> list[Any]:
    return [one["look"] for one in stated(folder)["shots"]]


def grades(folder: Path, key: str) -> list[Any]:
    return [one["grade"][key] for one in looks(folder)]


def ab_of(rgb: tuple[int, int, int]) -> NDArray[np.float32]:
    return np.asarray(lab_from_rgb(np.array([[rgb]], np.float32) / 255)[0, 0, 1:], np.float32)


def lumas(path: Path) -> list[bytes]:
    return [frame.luma.tobytes() for frame in read_frames(probe(path))]


def test_every_block_is_run_in_its_section(blocks: list[Block]) -> None:
    assert tuple(one.section for one in blocks) == SECTIONS
    film = blocks[0].before / "film.mkv"
    for before, after in pairwise(blocks):
        assert before.after == after.before
        assert (after.after / "film.mkv").read_bytes() == film.read_bytes()


def test_links_lead_somewhere(root: Path) -> None:
    page = (root / "docs" / "control.md").read_text("utf-8")
    links = re.findall(r"\]\(([^)]+)\)", page)
    pages = {link.partition("#")[0] for link in links}
    wanted = "settings grade palettes stabilize pipes references colorizers resume"
    assert pages >= {f"{one}.md" for one in wanted.split()}
    for link in links:
        name, _, anchor = link.partition("#")
        heads = re.findall(r"^#+ (.+)$", (root / "docs" / name).read_text("utf-8"), re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
        assert not anchor or anchor in anchors
    assert "\n## Only what changed\n" in page  # other pages link to it


def test_one_settings_file(blocks: list[Block]) -> None:
    one = block(blocks, "One settings file")
    assert "there is no film.tcvc.toml" in one.said
    assert (one.after / "film.tcvc.toml").read_text("utf-8") == (
        "[film]\nsaturation = 0.9\n\n"
        '[[shot]]\nnumber = 2\nstarts = "0:00:01.250"\nwarmth = 0.2\nhue_maps = ["blue -> brown"]\n'
    )
    assert grades(one.after, "saturation") == [0.9] * 4
    assert grades(one.after, "warmth") == [0, 0.2, 0, 0]
    assert [len(maps) for maps in grades(one.after, "hue_maps")] == [0, 1, 0, 0]


def test_points_give_their_colours(blocks: list[Block]) -> None:
    one = block(blocks, "Points")
    before, after = (colors_of(folder / RESULT) for folder in (one.before, one.after))
    blue = ab_of((0x2B, 0x4A, 0x6B)) * 0.9  # the film's saturation comes last
    suit, wall = (round(0.85 * 60), round(0.3 * 80)), (round(0.15 * 60), round(0.55 * 80))
    for frame in (0, 4, 9):
        assert np.linalg.norm(after[frame][suit] - blue) < np.linalg.norm(before[frame][suit] - blue) / 2
    assert np.linalg.norm(after[4][suit] - blue) < 8
    assert np.linalg.norm(after[4][wall]) < 4
    assert 4 in unchanged(one)
    assert not {1, 2, 3} & set(unchanged(one))  # the third shows the same as the first


def test_a_stroke_gives_its_colours(blocks: list[Block]) -> None:
    one = block(blocks, "Points")
    assert [len(look["strokes"]) for look in looks(one.after)] == [0, 1, 0, 0]
    before, after = (colors_of(folder / RESULT)[12] for folder in (one.before, one.after))
    painted, red = np.s_[22:38, 22:43], ab_of(STROKE_RGB)
    far, near = (np.linalg.norm(one[painted] - red, axis=2).mean() for one in (before, after))
    assert near < far / 2


def test_only_the_changed_shot_is_coloured(blocks: list[Block], tmp_path: Path) -> None:
    one = block(blocks, "Only what changed")
    assert "going on with 30 frames that an earlier run finished, among them 3 complete shots" in one.said
    assert unchanged(one) == [1, 2, 3]
    assert sound_of(one.after / RESULT) == sound_of(one.before / RESULT) == sound_of(one.before / "film.mkv")
    folder = shutil.copytree(one.after, tmp_path / "again")
    (folder / RESULT).unlink()
    (folder / SIDECAR).unlink()
    assert main(["colorize", str(folder / "film.mkv"), "-q", *NETWORK, "--model", "tcvc-mini"]) == 0
    assert read_result(folder / RESULT) == read_result(one.after / RESULT)


def test_locked_like_another_and_as_it_is(blocks: list[Block]) -> None:
    one = block(blocks, "Only what changed", 1)
    assert unchanged(one) == [2]
    assert [(look["is_locked"], look["same_as"], look["is_kept"]) for look in looks(one.after)] == [
        (False, None, False),
        (True, None, False),
        (False, 1, False),
        (False, None, True),
    ]
    assert "kept     shot 4, frames 30 to 39: as it is" in one.said
    for frame in list(read_frames(probe(one.after / RESULT)))[30:]:
        assert (present(frame.cb) == 128).all()
        assert (present(frame.cr) == 128).all()
    assert list(one.after.glob(".film.color.mkv.*.work"))
    assert not list(one.before.glob(".film.color.mkv.*.work"))


def test_a_palette_changes_one_shot(blocks: list[Block]) -> None:
    one = block(blocks, "Several colourings")
    assert probe(one.after / "film.palettes.png").width_px > 160
    assert [look["palette"] for look in looks(one.after)] == [0, 3, 0, 0]
    assert unchanged(one) == [1, 3, 4]
    assert sound_of(one.after / RESULT) == sound_of(one.before / RESULT)


def test_pictures_of_ones_own(blocks: list[Block]) -> None:
    one = block(blocks, "Bring your own colours and steady them")
    assert len(list((one.after / "refs").iterdir())) > len(list((one.before / "refs").iterdir()))
    assert re.search(r"^ref_\d+\.png: frame \d+, by its name; for shot", one.said, re.MULTILINE)
    (counts,) = stated(one.after)["references"]
    assert (counts["reference"]["file"], counts["shots"]) == ("refs/cup.png", [2])
    assert compare(one.after / "film.mkv", one.after / RESULT).holds


def test_another_tools_colours_are_steadied(blocks: list[Block]) -> None:
    one = block(blocks, "Bring your own colours and steady them", 1)
    result = one.after / "coloured.steady.mkv"
    flickers = re.search(r"flicker ([\d.]+) before, ([\d.]+) after", one.said)
    before, after = (float(figure) for figure in present(flickers).groups())
    assert after < before / 5
    assert compare(one.after / "film.mkv", result).holds
    assert sound_of(result) == sound_of(one.after / "film.mkv")


def test_the_model_that_is_named_colours(blocks: list[Block]) -> None:
    one = block(blocks, "A model of your own")
    assert "tcvc-mini" in one.said
    assert stated(one.after, "mini.mkv.json")["model"]["name"] == "tcvc-mini"


def test_what_goes_through_pipes_is_luma_bit_for_bit(blocks: list[Block]) -> None:
    one = block(blocks, "Live and causal")
    live = one.after / "live.y4m"
    assert lumas(live) == lumas(one.after / "film.mkv")
    assert max(float(np.abs(ab).mean()) for ab in colors_of(live)) > 1


def test_a_grade_changes_colours_alone(blocks: list[Block]) -> None:
    one = block(blocks, "Grade")
    (part, *_) = stated(one.after, "film.graded.mkv.json")["parts"]
    assert part["grade"]["saturation"] == 0.8
    assert sound_of(one.after / "film.graded.mkv") == sound_of(one.after / "film.mkv")
    assert compare(one.after / "film.mkv", one.after / "film.graded.mkv").holds
    assert grades(one.after, "saturation") == [1.2, 1.2, 1.2, 0.5]
    assert grades(one.after, "warmth") == [0.1, 0.2, 0.1, 0.1]
    assert [look["vivid"] for look in looks(one.after)] == [0.4] * 4


def test_a_photograph_takes_a_point(blocks: list[Block]) -> None:
    one = block(blocks, "Photographs")
    bgr = present(cv2.imread(str(one.after / "portrait.color.png")))
    place = bgr[round(0.3 * 120), round(0.4 * 160), ::-1].astype(np.float32)
    ab = lab_from_rgb(place[None, None] / 255)[0, 0, 1:]
    assert np.linalg.norm(ab - ab_of((0x6B, 0x4A, 0x2B))) < 10


def test_a_photograph_takes_the_rest(blocks: list[Block]) -> None:
    one = block(blocks, "Photographs", 1)
    assert probe(one.after / "portrait.palettes.png").is_photograph
    (shot,) = stated(one.after, "portrait.color.png.json")["shots"]
    assert shot["look"]["grade"]["saturation"] == 0.8
    graded = cv2.imread(str(one.after / "portrait.graded.png"))
    assert (present(graded) != present(cv2.imread(str(one.after / "portrait.color.png")))).any()
