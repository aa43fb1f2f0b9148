"""The display volume: exact where a head is read, small, and told well enough to decode."""

import json
import zlib

import numpy as np
import pytest

from ichdash.domain import Volume
from ichdash.imaging.display import decode, encode, hu_of_code, starting_at, unnamed


def volume_of(hu: np.ndarray, spacing_mm: tuple[float, float, float] = (5.0, 0.5, 0.5)) -> Volume:
    return Volume(
        hu=np.asarray(hu, np.int16),
        spacing_mm=spacing_mm,
        positions_mm=np.arange(len(hu)) * spacing_mm[0],
        study_uid="1.2",
        series_uid="1.2.3",
        sop_instance_uids=tuple(f"1.2.3.{i}" for i in range(len(hu))),
    )


@pytest.fixture
def every_hu() -> Volume:
    return volume_of(np.arange(-2048, 4096).reshape(3, 32, 64))


def test_brain_and_soft_bone_come_back_exactly(every_hu: Volume) -> None:
    shown = decode(encode(every_hu))
    read = (every_hu.hu >= -200) & (every_hu.hu <= 1000)
    assert np.array_equal(shown[read], every_hu.hu[read])


def test_air_and_dense_bone_are_off_by_no_more_than_half_a_step(every_hu: Volume) -> None:
    clipped = np.clip(every_hu.hu, -1024, 2048)
    off = np.abs(decode(encode(every_hu)).astype(int) - clipped)
    assert off[clipped < -200].max() <= 8
    assert off[clipped > 1000].max() <= 4


def test_noise_of_both_signs_survives_the_row_differences() -> None:
    hu = np.random.default_rng(1).integers(-200, 1000, (4, 17, 23))
    assert np.array_equal(decode(encode(volume_of(hu))), hu)


def test_codes_rise_with_hu_and_fill_the_levels_that_meta_tells(every_hu: Volume) -> None:
    meta = encode(every_hu).meta
    told = hu_of_code()
    assert meta["levels"] == len(told)
    assert np.all(np.diff(told.astype(int)) > 0)


def test_payload_holds_a_low_and_a_high_plane_a_slice(every_hu: Volume) -> None:
    raw = zlib.decompress(encode(every_hu).payload)
    assert len(raw) == 3 * 2 * 32 * 64


def test_written_format_is_enough_to_decode_a_pixel_by_hand() -> None:
    display = encode(volume_of([[[40, -30], [43, -1000]]]))
    raw = zlib.decompress(display.payload)
    zigzag = [low + 256 * high for low, high in zip(raw[:4], raw[4:], strict=True)]
    differences = [(z >> 1) ^ -(z & 1) for z in zigzag]
    assert differences[:2] == [52 + 240, 52 + 170]  # the first row is kept as it is
    assert differences[2] == 3
    assert display.meta["segments"][1] == [52, -200, 1]


def test_meta_is_plain_json(every_hu: Volume) -> None:
    meta = encode(every_hu).meta
    assert json.loads(json.dumps(meta)) == meta
    assert meta["windows"]["brain"] == [40, 80]
    assert meta["positions_mm"] == [0.0, 5.0, 10.0]


def test_very_large_slices_are_averaged_and_their_spacing_grows() -> None:
    hu = np.zeros((1, 1500, 1301))
    hu[:, :2, :2] = [[10, 20], [30, 40]]
    display = encode(volume_of(hu))
    assert display.meta["reduced_by"] == 2
    assert (display.meta["rows"], display.meta["columns"]) == (750, 651)
    assert display.meta["spacing_mm"] == [5.0, 1.0, 1.0]
    assert decode(display)[0, 0, 0] == 25


def test_forty_noisy_slices_stay_below_eight_megabytes() -> None:
    rng = np.random.default_rng(2)
    rows, columns = np.ogrid[:512, :512]
    head = (rows - 256) ** 2 + (columns - 256) ** 2 < 200**2
    hu = np.where(head, 35, -1000) + rng.normal(0, 12, (40, 512, 512))
    assert len(encode(volume_of(hu)).payload) < 8_000_000


def test_the_slice_to_look_at_first_comes_first_and_its_neighbours_next() -> None:
    hu = np.arange(5, dtype=np.int16).reshape(5, 1, 1) * np.ones((1, 2, 3), np.int16)
    shown = encode(volume_of(hu), first=3)
    assert shown.meta["order"] == [3, 2, 4, 1, 0]
    assert np.array_equal(decode(shown), hu)
    raw = np.frombuffer(zlib.decompress(shown.payload), np.uint8)
    first = raw[:6].astype(int) | raw[6:12].astype(int) << 8
    assert first[0] >> 1 == 52 + 200 + 3  # the code of 3 HU


def test_slices_are_decoded_one_by_one_wherever_they_are_packed() -> None:
    hu = np.random.default_rng(1).integers(-200, 1000, (9, 8, 8))
    assert np.array_equal(decode(encode(volume_of(hu), first=6), only=[7, 0, 3]), hu[[7, 0, 3]])


def test_a_volume_that_tells_no_order_runs_from_feet_to_head() -> None:
    hu = np.arange(5, dtype=np.int16).reshape(5, 1, 1) * np.ones((1, 2, 3), np.int16)
    shown = encode(volume_of(hu))
    del shown.meta["order"]
    assert np.array_equal(decode(shown), hu)


def test_packed_anew_from_the_middle_the_order_tells_nothing_of_where_it_began() -> None:
    volume = volume_of(np.random.default_rng(1).integers(-200, 1000, (9, 8, 8)))
    plain = starting_at(encode(volume, 7), 4)
    assert plain.meta["order"] == [4, 3, 5, 2, 6, 1, 7, 0, 8]
    assert plain.payload == encode(volume, 4).payload
    assert np.array_equal(decode(plain), volume.hu)


def test_an_unnamed_copy_keeps_the_gantrys_tilt_and_begins_in_the_middle() -> None:
    hu = np.arange(5 * 4 * 4, dtype=np.int16).reshape(5, 4, 4)
    uids = tuple("12345")
    tilted = Volume(hu, (5.0, 1.0, 1.0), 40 + 5.0 * np.arange(5), "1", "1", uids, shear=0.3)
    bare = unnamed(encode(tilted, 4))
    assert bare.meta["shear"] == 0.3
    assert bare.meta["order"][0] == 2
    assert bare.meta["positions_mm"] == [0.0, 5.0, 10.0, 15.0, 20.0]
    assert np.array_equal(decode(bare), hu)
