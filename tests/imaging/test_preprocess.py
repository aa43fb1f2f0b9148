"""One recipe for training and screening: geometry there and back, and its pinned numbers."""

import numpy as np
import pytest

from ichdash.domain import Volume
from ichdash.imaging import preprocess, resample
from ichdash.imaging.head import why_not_a_head
from ichdash.phantom import HeadSpec, draw_head
from tests.shared_data import shared

from ichdash.dicom import geometry, reading, selection  # isort: skip


def volume(hu: np.ndarray, spacing: tuple[float, float, float], shear: float = 0.0) -> Volume:
    positions = np.arange(len(hu)) * spacing[0]
    return Volume(
        hu.astype(np.int16), spacing, positions, "1.2", "1.2.3", ("1.2.3.4",) * len(hu), shear
    )


def dotted(row: int, column: int, slices: int = 3) -> np.ndarray:
    hu = np.full((slices, 200, 240), -1000)
    hu[:, 20:180, 20:220] = 30
    hu[:, row - 3 : row + 4, column - 3 : column + 4] = 1000
    return hu


def test_resampling_keeps_an_even_slice_even() -> None:
    out = resample.operator(resample.centres_mm(60, 1.3, 50.0), 200, 0.5)
    assert np.allclose(out.sum(axis=1)[2:-2], 1, atol=1e-5)


def test_what_lies_outside_the_scan_is_air() -> None:
    prepared = preprocess.prepare(volume(dotted(100, 120)[:, 50:150, 60:180], (5, 1, 1)), 160)
    assert prepared.hu[:, 0, 0] == pytest.approx(-1000)


def test_thin_slices_are_averaged_to_slabs() -> None:
    prepared = preprocess.prepare(volume(dotted(100, 120, slices=20), (1.0, 1, 1)), 80)
    assert len(prepared.hu) == 4
    assert prepared.slab_of_slice.tolist() == [0] * 5 + [1] * 5 + [2] * 5 + [3] * 5


def test_thick_slices_stay_as_they_are() -> None:
    assert len(preprocess.prepare(volume(dotted(100, 120), (5.0, 1, 1)), 80).hu) == 3


@pytest.mark.parametrize(("row", "column"), [(60, 70), (100, 120), (140, 180)])
@pytest.mark.parametrize("shear", [0.0, 0.3])
def test_a_map_comes_back_to_its_place_in_every_slice(row: int, column: int, shear: float) -> None:
    prepared = preprocess.prepare(volume(dotted(row, column), (5.0, 0.9, 0.8), shear), 160)
    back = prepared.to_slices(np.clip(prepared.hu, 500, 1000) - 500, (200, 240))
    for each in back:
        rows, columns = np.nonzero(each > 200)
        assert abs(rows.mean() - row) <= 1
        assert abs(columns.mean() - column) <= 1


def test_gantry_tilt_is_sheared_straight() -> None:
    hu = np.stack([dotted(100 - 3 * z, 120, 1)[0] for z in range(5)])
    prepared = preprocess.prepare(volume(hu, (10.0, 1, 1), shear=0.3), 160)
    places = [np.nonzero(each > 500)[0].mean() for each in prepared.hu]
    assert np.ptp(places) < 0.8


def head(turn_deg: float, dot: tuple[int, int] | None = None) -> Volume:
    """A drawn head that lies turned, with a dense dot in every slice if wanted."""
    drawn = draw_head(
        HeadSpec(seed=5, rows=128, columns=128, turn_deg=turn_deg, nod_deg=0, lean_deg=0)
    )
    hu = np.array(drawn.hu)
    if dot:
        hu[:, dot[0] - 2 : dot[0] + 3, dot[1] - 2 : dot[1] + 3] = 3000
    return volume(hu, drawn.spacing_mm)


@pytest.mark.parametrize("degrees", [-40, -20, 20, 35])
def test_a_turned_head_is_turned_back(degrees: float) -> None:
    straight, turned = preprocess.prepare(head(0), 64), preprocess.prepare(head(degrees), 64)
    assert straight.turn == 0
    assert abs(np.degrees(turned.turn)) == pytest.approx(abs(degrees), abs=4)
    broad = straight.hu[12:22].clip(0, 80), turned.hu[12:22].clip(0, 80)
    assert np.corrcoef(broad[0].ravel(), broad[1].ravel())[0, 1] > 0.85


def test_a_head_that_lies_nearly_straight_stays_as_it_is() -> None:
    assert preprocess.prepare(head(6), 64).turn == 0


def test_what_is_no_head_is_not_turned() -> None:
    slanted = np.full((3, 200, 240), -1000)
    rows, columns = np.indices((200, 240))
    slanted[:, np.abs(rows - columns) < 40] = 30
    assert preprocess.prepare(volume(slanted, (5.0, 1, 1)), 64).turn == 0


@pytest.mark.parametrize("dot", [(50, 60), (70, 80), (90, 50)])
@pytest.mark.parametrize("degrees", [-30, 40])
def test_a_map_comes_back_to_its_place_in_a_turned_head(
    degrees: float, dot: tuple[int, int]
) -> None:
    prepared = preprocess.prepare(head(degrees, dot), 160)
    assert prepared.turn
    back = prepared.to_slices(np.clip(prepared.hu, 2000, 3000) - 2000, (128, 128))
    for each in back[10:20]:
        rows, columns = np.nonzero(each > 0.5 * each.max())
        assert abs(rows.mean() - dot[0]) <= 1
        assert abs(columns.mean() - dot[1]) <= 1


SHEAR = 0.25
"""Of a gantry tilted by 14 degrees."""


def tilted_turned_cropped(degrees: float, spot: tuple[int, int] | None = None) -> Volume:
    """A head that lies turned in slices that lean, one side cut off; in each slice at the same
    pixel, if wanted, a spot of 5 mm that is too faint to be taken for anything else."""
    upright = head(degrees)
    _, row_mm, column_mm = upright.spacing_mm
    middle = (len(upright) - 1) / 2
    leaning = [
        np.roll(each, -round(SHEAR * 5.0 * (index - middle) / row_mm), axis=0)
        for index, each in enumerate(upright.hu)
    ]
    hu = np.stack(leaning)[:, 24:, 20:].astype(np.float64)
    if spot:
        rows, columns = np.ogrid[: hu.shape[1], : hu.shape[2]]
        away_mm = np.hypot(row_mm * (rows - spot[0]), column_mm * (columns - spot[1]))
        hu += 40 * np.exp(-((away_mm / 5) ** 2) / 2)
    return volume(np.rint(hu), upright.spacing_mm, SHEAR)


@pytest.mark.parametrize("spot", [(34, 40), (58, 48)])
@pytest.mark.parametrize("degrees", [-25, 35])
def test_a_heatmap_lies_within_a_pixel_on_a_tilted_turned_cropped_head(
    degrees: float, spot: tuple[int, int]
) -> None:
    """Cells of 6.5 mm, as the network's, are brought back to the slices as they came: to within a
    quarter of these large pixels, which is a whole one of most scans."""
    plain, marked = tilted_turned_cropped(degrees), tilted_turned_cropped(degrees, spot)
    assert (plain.hu[10:20, 0] > -200).any(), "nothing of the head is cut off"
    prepared, raised = preprocess.prepare(plain, 256), preprocess.prepare(marked, 256)
    assert np.degrees(prepared.turn) == pytest.approx(-degrees, abs=4)
    assert raised.turn == pytest.approx(prepared.turn, abs=1e-3)
    cells = (raised.hu - prepared.hu).reshape(-1, 32, 8, 32, 8).mean(axis=(2, 4))
    back = prepared.to_slices(cells, plain.hu.shape[1:])
    rows, columns = np.indices(back.shape[1:])
    for each in back[8:22]:
        weight = np.where(each > 0.5 * each.max(), each, 0)
        found = (rows * weight).sum() / weight.sum(), (columns * weight).sum() / weight.sum()
        assert found == pytest.approx(spot, abs=0.25)


def test_turning_is_true_to_millimetres() -> None:
    """A quarter turn of a bar of 40 mm on samples of 2 by 1 mm."""
    plane = np.zeros((61, 121), np.float32)
    plane[20:41, 60] = 1
    bar = resample.turned(plane, np.pi / 2, (30, 60), (2.0, 1.0))
    assert np.nonzero(bar > 0.5)[1].tolist() == list(range(40, 81))
    assert set(np.nonzero(bar > 0.5)[0]) == {30}


def test_prepared_numbers_are_pinned() -> None:
    prepared = preprocess.prepare(volume(dotted(90, 110), (5.0, 0.9, 0.8)), 32)
    assert prepared.hu.shape == (3, 32, 32)
    assert float(prepared.hu.mean()) == pytest.approx(-450.706, abs=0.05)
    assert prepared.hu[1, 16, (4, 16, 20)] == pytest.approx([12.46, 30, 30], abs=0.05)
    assert float(prepared.hu.max()) == pytest.approx(415.97, abs=0.05)


def test_prepared_numbers_of_a_turned_head_are_pinned() -> None:
    """Weights fit one recipe: whoever changes it trains anew."""
    prepared = preprocess.prepare(head(30), 32)
    assert prepared.turn == pytest.approx(-0.53134, abs=1e-4)
    assert float(prepared.hu.mean()) == pytest.approx(-500.30, abs=0.05)
    row = prepared.hu[14, 16, 8:24:4]
    assert row == pytest.approx([27.30, 27.61, 30.48, 27.28], abs=0.05)


def real(name: str, series: int = 0) -> Volume:
    folder = shared(name)
    (study, *_) = reading.read([folder], folder).studies
    chosen = selection.select(study).series
    return geometry.load_volume(chosen or study.series[series])


@pytest.mark.parametrize("name", ["ge-tilted-head", "ct-ich/CT-ICH-123"])
def test_real_heads_are_taken_for_heads(name: str) -> None:
    assert why_not_a_head(real(name)) is None


def test_plastic_head_is_refused_with_the_reason() -> None:
    reason = why_not_a_head(real("plastic-head"))
    assert reason is not None
    assert reason.startswith("no brain was found: no space of brain's density inside a skull")


def test_air_is_refused_with_the_reason() -> None:
    reason = why_not_a_head(volume(np.full((10, 64, 64), -1000), (5, 3, 3)))
    assert reason is not None
    assert reason.startswith("no head was found, only air.")


def test_water_cylinder_is_refused() -> None:
    y, x = np.ogrid[-100:100, -100:100]
    hu = np.where(np.hypot(y, x) < 90, 0, -1000)[None].repeat(12, 0)
    assert "no brain was found" in str(why_not_a_head(volume(hu, (5, 1, 1))))


def test_single_slice_without_bone_is_refused() -> None:
    y, x = np.ogrid[-100:100, -100:100]
    hu = np.where(np.hypot(y, x) < 90, 40, -1000)[None]
    assert "0% of what is not air is bone" in str(why_not_a_head(volume(hu, (5, 1, 1))))
