"""Measuring in a real browser: the third diameter of ABC/2 comes from the slices, and the values on
the image are those that the report prints."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from ichdash.domain import Volume
from ichdash.imaging import measuring
from ichdash.store import Store
from ichdash.web.case import subject
from tests.browser.conftest import Server
from tests.browser.image import (
    centre_moved,
    click_pixel,
    drag_pixels,
    expect_measures,
    kept,
    picture,
)
from tests.web import seeding

A_MM, B_MM, C_MM = 40.0, 30.0, 25.0
TRUE_ML = np.pi / 6 * A_MM * B_MM * C_MM / 1000
SPACING_MM = 2.5, 2.0, 2.0
CENTRE = 13.3, -6.0, 4.0  # slice, and row and column from the middle
PROPOSED = "15.0 ml = A 40 × B 30 × C 25 mm / 2, slices 10–19"


def ellipsoid(study_uid: str, blood_hu: int) -> Volume:
    """A head with noise in which a hematoma of known diameters lies between slices."""
    head = seeding.head_volume(study_uid, bleed_hu=35)
    noise = np.random.default_rng(4).normal(0, 4, head.hu.shape)
    slices, rows, columns = np.indices(head.hu.shape, np.float32)
    middle = seeding.SIDE / 2 - 0.5
    off = (
        ((slices - CENTRE[0]) * SPACING_MM[0] / (C_MM / 2)) ** 2
        + ((rows - middle - CENTRE[1]) * SPACING_MM[1] / (B_MM / 2)) ** 2
        + ((columns - middle - CENTRE[2]) * SPACING_MM[2] / (A_MM / 2)) ** 2
    )
    hu = np.where(off <= 1, blood_hu, head.hu) + noise.round().astype(np.int16)
    positions = np.arange(len(head)) * SPACING_MM[0]
    return replace(head, hu=hu.astype(np.int16), spacing_mm=SPACING_MM, positions_mm=positions)


def measure(server: Server, page: Page, study_uid: str, blood_hu: int = 65) -> None:
    """Draw A and B on the slice that the study opens at."""
    volume = ellipsoid(study_uid, blood_hu)
    # in one, else the dashboard's own worker might claim it first
    with Store.open(server.data_dir) as store, store.batch():
        seeding.screened(store, study_uid, 0.91, volume=volume)
    page.goto(server.page(f"case?study={study_uid}"))
    expect(picture(page)).to_have_attribute("data-ready", re.compile("media"))
    page.keyboard.press("v")
    _, row, column = CENTRE
    drag_pixels(page, (column - 10, row), (column + 10, row))  # pixels of 2 mm
    drag_pixels(page, (column, row - 7.5), (column, row + 7.5))


def expect_next(page: Page, words: str) -> None:
    """What the picture says that a click or a drag does next."""
    expect(picture(page)).to_have_attribute("data-next", words)


def test_the_third_diameter_is_proposed_and_the_volume_is_within_a_tenth(
    server: Server, page: Page
) -> None:
    measure(server, page, "1.2.1")
    expect_measures(page, PROPOSED)
    told = float(PROPOSED.partition(" ")[0])
    assert told == pytest.approx(TRUE_ML, rel=0.1)


def test_a_third_click_corrects_where_the_hematoma_ends_and_is_kept(
    server: Server, page: Page
) -> None:
    measure(server, page, "1.2.2")
    page.keyboard.press("End")
    click_pixel(page, 0, 0)
    page.get_by_role("button", name="Volume").click()  # put away: a click measures no more
    click_pixel(page, 0, 0)
    corrected = "16.5 ml = A 40 × B 30 × C 28 mm / 2, slices 10–20"
    page.reload()
    expect_measures(page, corrected)


def test_a_click_on_the_slice_that_was_measured_ends_c_there_too(
    server: Server, page: Page
) -> None:
    measure(server, page, "1.2.5")
    expect_measures(page, PROPOSED)
    click_pixel(page, 0, 0)
    expect_measures(page, "9.0 ml = A 40 × B 30 × C 15 mm / 2, slices 14–19")
    click_pixel(page, 2, 2)
    expect_measures(page, "1.5 ml = A 40 × B 30 × C 3 mm / 2, slice 14 alone")
    click_pixel(page, 0, 0)
    expect_measures(page, "1.5 ml = A 40 × B 30 × C 3 mm / 2, slice 14 alone")
    page.keyboard.press("ArrowDown")
    click_pixel(page, 0, 0)
    expect_next(page, "volume: C is slices 14–15. Click: ends here. Drag: new A")
    page.keyboard.press("ArrowUp")
    expect_measures(page, "3.0 ml = A 40 × B 30 × C 5 mm / 2, slices 14–15")


def test_a_double_click_shows_the_whole_slice_again_and_moves_one_end_alone(
    server: Server, page: Page
) -> None:
    measure(server, page, "1.2.7")
    expect_measures(page, PROPOSED)
    page.mouse.dblclick(*centre_moved(page, 0, 0))
    expect_measures(page, "9.0 ml = A 40 × B 30 × C 15 mm / 2, slices 14–19")
    expect_next(page, "volume: C is slices 14–19. Click: ends here. Drag: new A")


def test_a_drag_on_another_slice_begins_the_next_hematoma(server: Server, page: Page) -> None:
    measure(server, page, "1.2.6")
    page.keyboard.press("PageDown")
    drag_pixels(page, (-5, -6), (5, -6))
    expect_next(page, "volume: B, across A: one end")
    drag_pixels(page, (0, -10), (0, -2))
    expect(picture(page)).to_have_attribute("data-measures", re.compile("A 20 × B 16"))
    page.keyboard.press("PageUp")
    expect_measures(page, PROPOSED)


def test_of_what_is_hardly_denser_than_the_brain_no_other_slice_is_proposed(
    server: Server, page: Page
) -> None:
    measure(server, page, "1.2.3", blood_hu=42)
    expect_measures(page, "1.5 ml = A 40 × B 30 × C 3 mm / 2, slice 14 alone")


def test_the_report_has_the_values_that_stand_on_the_image(server: Server, page: Page) -> None:
    measure(server, page, "1.2.4")
    page.keyboard.press("d")
    drag_pixels(page, (-21.3, 3.1), (14.2, -8.7))
    page.keyboard.press("e")
    drag_pixels(page, (-12.1, -9.4), (9.3, 6.2))
    page.keyboard.press("a")
    for place in ((-10.2, 20.1), (3.3, 12.4), (15.1, 22.2)):
        click_pixel(page, *place)
    found = kept(page, server.data_dir, "1.2.4", 4)
    with Store.open(server.data_dir) as store:
        images = subject.newest_images(store, "1.2.4")
    expect_measures(page, *measuring.values(found, images.display))
