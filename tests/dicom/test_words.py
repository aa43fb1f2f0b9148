"""What descriptions say, in the spellings that scanners of the world send."""

import pytest

from ichdash.dicom.words import (
    Contrast,
    Sharpness,
    contrast,
    is_agent,
    is_head,
    other_part,
    sharpness,
)


@pytest.mark.parametrize(
    "text",
    [
        "HEAD W/O",
        "HEAD W/O 5MM",
        "CT HEAD WITHOUT CONTRAST",
        "CT HEAD WO CONTRAST",
        "ct head w/o iv contrast",
        "Head NON CONTRAST",
        "NON-CON HEAD",
        "Noncontrast 5.0",
        "NCCT BRAIN",
        "HEAD C-",
        "Brain C- 5mm",
        "Head PLAIN",
        "1A TRAUMA/PLAIN HEAD DM",
        "Schaedel nativ",
        "Kopf ohne KM",
        "Crane sans injection",
        "CABEZA SIN CONTRASTE",
        "UNENHANCED HEAD",
        "PRE CONTRAST HEAD",
        "CT_HEAD_WO_CONTRAST",
        "Contrast: none",
    ],
)
def test_words_for_no_contrast(text: str) -> None:
    assert contrast(text) is Contrast.WITHOUT


@pytest.mark.parametrize(
    "text",
    [
        "HEAD C+",
        "HEAD +C",
        "CTA HEAD",
        "CT ANGIO HEAD NECK",
        "Angiography 0.6",
        "HEAD POST CONTRAST",
        "POST CON 5MM",
        "HEAD WITH CONTRAST",
        "HEAD W/ CONTRAST",
        "HEAD W CONTRAST",
        "Head w/con",
        "Brain Perfusion",
        "CTP 5.0",
        "CT VENOGRAM",
        "CECT BRAIN",
        "Contrast Enhanced Head",
        "Kopf mit KM",
        "Crane avec injection",
        "OMNIPAQUE 350",
        "Head with IV contrast",
        "BOLUS TRACKING",
        "NON-IONIC CONTRAST",
    ],
)
def test_words_for_contrast(text: str) -> None:
    assert contrast(text) is Contrast.WITH


@pytest.mark.parametrize(
    "text",
    ["CT HEAD W/O & W CONTRAST", "HEAD WITHOUT AND WITH CONTRAST", "CT HEAD WO/W CONTRAST"],
)
def test_words_for_both(text: str) -> None:
    assert contrast(text) is Contrast.BOTH


@pytest.mark.parametrize(
    "text",
    [
        "",
        "HEAD",
        "Head 5.0 H30s",
        "C-SPINE",
        "Posterior fossa",
        "POST OP HEAD",
        "ACUTE",
        "AXIAL 5mm",
    ],
)
def test_words_that_say_nothing_of_contrast(text: str) -> None:
    assert contrast(text) is Contrast.SILENT


@pytest.mark.parametrize("text", ["", "NONE", "None", "no", "N/A", "-", "0", "NO CONTRAST", "W/O"])
def test_agents_that_name_none(text: str) -> None:
    assert not is_agent(text)


@pytest.mark.parametrize("text", ["Omnipaque 350", "CONTRAST", "Yes", "IV", "APPLIED", "NON-IONIC"])
def test_agents_that_name_one(text: str) -> None:
    assert is_agent(text)


@pytest.mark.parametrize(
    "text",
    [
        "HEAD",
        "HeadRoutine",
        "CT BRAIN W/O",
        "SKULL",
        "Schädel",
        "Neuro",
        "CRANE",
        "STROKE",
        "HEADNECK",
    ],
)
def test_words_for_the_head(text: str) -> None:
    assert is_head(text)


@pytest.mark.parametrize("text", ["", "CHEST", "ABDOMEN", "AHEAD", "5mm soft"])
def test_words_that_do_not_name_the_head(text: str) -> None:
    assert not is_head(text)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("CHEST", "chest"),
        ("C-SPINE", "spine"),
        ("CSPINE", "spine"),
        ("Neck 3mm", "neck"),
        ("HEAD", ""),
    ],
)
def test_other_body_parts_are_named(text: str, part: str) -> None:
    assert other_part(text) == part


@pytest.mark.parametrize(
    ("kernel", "description", "expected"),
    [
        *((k, "", Sharpness.SOFT) for k in ("H30s", "H31s", "J40s", "Hr40f/3", "H40s", "Hc38")),
        *((k, "", Sharpness.BONE) for k in ("H60s", "H70h", "Hr59", "B80s", "J70h")),
        *((k, "", Sharpness.SOFT) for k in ("STANDARD", "SOFT", "STD+", "DETAIL")),
        *((k, "", Sharpness.BONE) for k in ("BONE", "BONEPLUS", "EDGE", "LUNG")),
        *((k, "", Sharpness.SOFT) for k in ("UB", "UC", "UA", "B")),
        *((k, "", Sharpness.BONE) for k in ("YA", "YD", "D", "E")),
        *((k, "", Sharpness.SOFT) for k in ("FC21", "FC26", "FC68")),
        *((k, "", Sharpness.BONE) for k in ("FC30", "FC81", "FC51")),
        ("", "Head BONE 2.0", Sharpness.BONE),
        ("", "HEAD SOFT TISSUE", Sharpness.SOFT),
        ("", "Knochenfenster", Sharpness.BONE),
        ("H30s", "Head BONE", Sharpness.SOFT),
        ("", "HEAD", Sharpness.UNKNOWN),
        ("QX!", "HEAD", Sharpness.UNKNOWN),
    ],
)
def test_kernels_of_all_vendors(kernel: str, description: str, expected: Sharpness) -> None:
    assert sharpness(kernel, description) is expected
