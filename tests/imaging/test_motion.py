"""Motion between slices is told where the head jumps, and nowhere else."""

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ichdash.domain import Volume
from ichdash.imaging import motion
from ichdash.phantom import HeadSpec, draw_head
from ichdash.trials.perturbations import resliced
from tests.imaging.moving import moved
from tests.shared_data import shared

from ichdash.dicom import geometry, reading, selection  # isort: skip

AT = 15
"""The slice from which, or in which, the head lies elsewhere."""


@functools.cache
def head() -> Volume:
    """Drawn once: it takes longer than a test should."""
    spec = HeadSpec(seed=3, rows=96, columns=96, slices=28)
    positions = np.arange(28) * spec.slice_mm
    return Volume(draw_head(spec).hu, spec.spacing_mm, positions, "1.2", "1.3", ("1.4",) * 28)


def sheared(pixels: int) -> Volume:
    """The head as a tilted gantry shows it: each slice so many pixels further down."""
    volume = head()
    hu = [np.roll(each, pixels * (index - AT), axis=0) for index, each in enumerate(volume.hu)]
    _, pixel_mm, _ = volume.spacing_mm
    return replace(volume, hu=np.stack(hu), shear=-pixels * pixel_mm / volume.spacing_mm[0])


def only(volume: Volume, kept: list[int]) -> Volume:
    return replace(
        volume,
        hu=volume.hu[kept],
        positions_mm=volume.positions_mm[kept],
        sop_instance_uids=("1.4",) * len(kept),
    )


def places(volume: Volume) -> list[tuple[int, int]]:
    return [jump.slices for jump in motion.jumps(volume)]


def test_a_head_at_rest_has_no_note() -> None:
    assert motion.notes(head()) == ()


@pytest.mark.parametrize(("down_mm", "right_mm"), [(4, 0), (-4, 0), (0, 4), (3, -3)])
def test_a_head_that_is_shifted_from_a_slice_on_is_told_with_the_place(
    down_mm: float, right_mm: float
) -> None:
    shifted = moved(head(), slice(AT, None), down_mm, right_mm)
    assert motion.notes(shifted) == (
        "The head moved between slices 15 and 16 of 28 (by about 4 mm): blood near there can be "
        "missed or mimicked.",
    )


@pytest.mark.parametrize("degrees", [-5, 5])
def test_a_head_that_is_turned_from_a_slice_on_is_told_in_degrees(degrees: float) -> None:
    (note,) = motion.notes(moved(head(), slice(AT, None), degrees=degrees))
    assert note.startswith("The head moved between slices 15 and 16 of 28 (turned by about ")
    (jump,) = motion.jumps(moved(head(), slice(AT, None), degrees=degrees))
    assert jump.turn == pytest.approx(5, abs=1)


def test_a_head_that_moves_for_one_slice_jumps_there_and_back() -> None:
    once = moved(head(), slice(AT, AT + 1), right_mm=5)
    assert places(once) == [(AT - 1, AT), (AT, AT + 1)]
    (note,) = motion.notes(once)
    assert note.startswith("The head moved at 2 places, most between slices 1")
    assert "of 28 (by about 5 mm)" in note


def test_two_slices_elsewhere_do_not_make_the_others_jump() -> None:
    twice = moved(head(), slice(AT, AT + 2), right_mm=5)
    assert places(twice) == [(AT - 1, AT), (AT + 1, AT + 2)]


def test_a_far_jump_is_told_at_its_size() -> None:
    (jump,) = motion.jumps(moved(head(), slice(AT, None), right_mm=12))
    assert jump.shift_mm == pytest.approx(12, abs=1.5)


def test_a_jump_of_less_than_the_limit_is_not_told() -> None:
    assert motion.notes(moved(head(), slice(AT, None), right_mm=1)) == ()


@pytest.mark.parametrize("pixels", [-1, 1])
def test_the_shear_of_a_tilted_gantry_is_no_motion(pixels: int) -> None:
    assert motion.notes(sheared(pixels)) == ()


def test_a_change_of_spacing_under_a_tilt_is_no_motion() -> None:
    volume = sheared(1)
    kept = [*range(AT), *range(AT, len(volume), 2)]
    assert motion.notes(only(volume, kept)) == ()


def test_a_shear_that_comes_two_slices_at_a_time_is_no_motion() -> None:
    """Scanners of two rows, tilted: both slices of a turn of the tube show the same rows."""
    volume = sheared(1)
    hu = volume.hu.copy()
    hu[AT::2] = np.roll(hu[AT::2], -1, axis=1)
    assert motion.notes(replace(volume, hu=hu)) == ()


def test_a_head_that_moves_sideways_under_a_tilt_is_told() -> None:
    assert places(moved(sheared(1), slice(AT, None), right_mm=4)) == [(AT - 1, AT)]


def test_thin_slices_are_compared_over_the_distance_of_thick_ones() -> None:
    thin = resliced(2.5, head())
    assert motion.notes(thin) == ()
    ((before, after),) = places(moved(thin, slice(30, None), right_mm=5))
    assert after - before == 2
    assert before < 30 <= after


def test_a_table_that_stays_does_not_hold_a_moving_head() -> None:
    lain = head().hu.copy()
    lain[:, 92:95, 5:90] = 300
    shifted = moved(replace(head(), hu=lain), slice(AT, None), right_mm=4)
    assert places(shifted) == [(AT - 1, AT)]


@pytest.mark.parametrize("slices", [1, 2, 5])
def test_a_few_slices_are_too_few_to_tell(slices: int) -> None:
    few = only(head(), [*range(AT, AT + slices)])
    assert motion.notes(moved(few, slice(slices // 2, None), right_mm=8)) == ()


def test_no_head_has_no_note() -> None:
    air = replace(head(), hu=np.full_like(head().hu, -1000))
    assert motion.notes(air) == ()


def test_slices_that_repeat_one_another_have_no_note() -> None:
    assert motion.notes(replace(head(), hu=np.repeat(head().hu[AT : AT + 1], 28, axis=0))) == ()


def real(folder: Path, scratch: Path) -> Volume:
    (study,) = reading.read([folder], scratch).studies
    series = selection.select(study).series
    assert series is not None
    return geometry.load_volume(series)


def test_a_real_head_that_turned_while_it_was_scanned_is_told(tmp_path: Path) -> None:
    """Seen in the slices: the frontal crest leaps aside, the skull has a double contour."""
    assert motion.notes(real(shared("ct-ich") / "CT-ICH-054", tmp_path)) == (
        "The head moved between slices 22 and 23 of 28 (turned by about 3°): blood near there can "
        "be missed or mimicked.",
    )


def test_a_real_tilted_scan_of_uneven_shear_is_no_motion(tmp_path: Path) -> None:
    assert motion.notes(real(shared("ge-tilted-head"), tmp_path)) == ()


@pytest.mark.parametrize("name", ["CT-ICH-079", "CT-ICH-084"])
def test_a_real_head_has_a_note_only_once_it_is_moved(name: str, tmp_path: Path) -> None:
    """One lies askew, one is held by hands that stay where they are."""
    volume = real(shared("ct-ich") / name, tmp_path)
    assert motion.notes(volume) == ()
    assert places(moved(volume, slice(AT, None), right_mm=4)) == [(AT - 1, AT)]
    assert places(moved(volume, slice(AT, None), degrees=4)) == [(AT - 1, AT)]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_of_real_heads_at_rest_few_are_told_and_of_moved_ones_nine_of_ten(tmp_path: Path) -> None:
    """`-s` prints the figures: moves of random direction, half of them of one slice only."""
    folders = sorted(shared("ct-ich").glob("CT-ICH-*"))
    rng = np.random.default_rng(0)
    told = []
    found: dict[str, list[bool]] = {name: [] for name in ("2 mm", "3 mm", "4 mm", "3°", "4°", "5°")}
    for folder in folders:
        volume = real(folder, tmp_path)
        told += [folder.name] if motion.jumps(volume) else []
        for name, hits in found.items():
            hits.append(_is_found(volume, name, rng))
    print(f"told of {len(folders)} as they are: {told}")
    for name, hits in found.items():
        print(f"{name}: {sum(hits)} of {len(hits)} found")
    assert len(told) <= 2
    assert all(np.mean(found[name]) >= 0.9 for name in ("3 mm", "4 mm", "5°"))


def _is_found(volume: Volume, name: str, rng: np.random.Generator) -> bool:
    """Whether a move of this size is told where it is, between slices that are looked at."""
    looked_at = motion._looked_at(volume, motion.anatomy.survey(volume))
    at = int(rng.integers(looked_at[0] + 1, looked_at[-1]))
    size, angle = float(name[0]), rng.uniform(0, 2 * np.pi)
    slices = slice(at, at + 1 if rng.random() < 0.5 else None)
    if name.endswith("mm"):
        changed = moved(volume, slices, size * np.sin(angle), size * np.cos(angle))
    else:
        changed = moved(volume, slices, degrees=size if angle < np.pi else -size)
    return (at - 1, at) in places(changed)
