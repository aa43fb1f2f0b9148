"""Each series gets a verdict in plain words; the one to screen is the one a reader would open."""

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    SecondaryCaptureImageStorage,
    XRayRadiationDoseSRStorage,
)

from ichdash.dicom.geometry import load_volume
from ichdash.dicom.reading import read
from ichdash.dicom.selection import Selection, select
from tests.dicom.scanner import Scan, fill, head, header, save


def selection(folder: Path) -> Selection:
    (study,) = read([folder], folder).studies
    return select(study)


def add(
    folder: Path,
    number: int,
    description: str = "HEAD",
    slices: int = 14,
    spacing: float = 5.0,
    **extra: object,
) -> None:
    scan = Scan(head(slices), spacing_mm=(spacing, 3.0, 4.0), number=number, extra=extra)
    scan.series_uid, scan.description = f"1.2.3.{number}", description
    scan.write(folder / str(number))


def save_picture(path: Path, series_uid: str, modality: str = "CT") -> None:
    """A colour picture of a screen, which has no place in the patient."""
    ds = header("1.2.3", series_uid, f"{series_uid}.99", SecondaryCaptureImageStorage)
    ds.SeriesNumber, ds.SeriesDescription, ds.InstanceNumber = 2, "HEAD", 99
    ds.Modality = modality
    fill(ds, np.zeros((48, 40)), 8, False, ExplicitVRLittleEndian)
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, "RGB", 0
    ds.BitsAllocated, ds.PixelData = 8, bytes(3 * 48 * 40)
    save(ds, path)


def reasons(found: Selection) -> dict[int | None, str]:
    return {verdict.number: verdict.reason for verdict in found.verdicts}


def chosen(found: Selection) -> list[int | None]:
    assert [v.number for v in found.verdicts if v.used] == (
        [found.series.number] if found.series else []
    )
    return [verdict.number for verdict in found.verdicts if verdict.used]


def test_the_only_series_is_used_and_the_reason_says_what_it_is(tmp_path: Path) -> None:
    add(tmp_path, 2, ConvolutionKernel="H30s")
    found = selection(tmp_path)
    assert chosen(found) == [2]
    assert found.reason == "Used: axial CT, soft kernel (H30s), 5.0 mm slices, 14 slices."
    assert reasons(found) == {2: found.reason}


def test_a_soft_kernel_goes_before_a_bone_kernel(tmp_path: Path) -> None:
    add(tmp_path, 1, "HEAD BONE", ConvolutionKernel="H60s")
    add(tmp_path, 2, "HEAD SOFT", ConvolutionKernel="H30s")
    found = selection(tmp_path)
    assert chosen(found) == [2]
    assert reasons(found)[1] == (
        'Left out: bone kernel (H60s); Series 2 "HEAD SOFT" has soft kernel (H30s).'
    )


def test_a_bone_kernel_is_used_where_there_is_no_other(tmp_path: Path) -> None:
    add(tmp_path, 1, ConvolutionKernel="BONE")
    assert chosen(selection(tmp_path)) == [1]


def test_slices_of_2_to_6_mm_go_before_thinner_and_those_before_thicker(tmp_path: Path) -> None:
    add(tmp_path, 1, spacing=10, slices=7)
    add(tmp_path, 2, spacing=1, slices=66)
    found = selection(tmp_path)
    assert chosen(found) == [2]
    add(tmp_path, 3, spacing=5)
    found = selection(tmp_path)
    assert chosen(found) == [3]
    assert reasons(found)[2] == ('Left out: 1.0 mm slices; Series 3 "HEAD" has 5.0 mm slices.')


def test_more_slices_go_before_fewer(tmp_path: Path) -> None:
    add(tmp_path, 1, slices=13)
    add(tmp_path, 2, slices=14)
    found = selection(tmp_path)
    assert chosen(found) == [2]
    assert reasons(found)[1] == 'Left out: 13 slices; Series 2 "HEAD" has 14 slices.'


def test_of_two_alike_the_first_is_used(tmp_path: Path) -> None:
    add(tmp_path, 1)
    add(tmp_path, 2)
    found = selection(tmp_path)
    assert chosen(found) == [1]
    assert reasons(found)[2] == 'Left out: the same kind as Series 1 "HEAD", which comes first.'


def test_a_few_soft_slices_do_not_go_before_a_whole_scan(tmp_path: Path) -> None:
    add(tmp_path, 1, slices=2, ConvolutionKernel="H30s")
    add(tmp_path, 2, ConvolutionKernel="H60s")
    found = selection(tmp_path)
    assert chosen(found) == [2]
    assert reasons(found)[1] == (
        'Left out: coverage of only 10 mm; Series 2 "HEAD" has coverage of 70 mm.'
    )


def test_recorded_contrast_is_not_screened(tmp_path: Path) -> None:
    add(tmp_path, 4, "HEAD C+", ContrastBolusAgent="Omnipaque 350")
    found = selection(tmp_path)
    assert found.series is None
    assert found.reason == (
        'Series 4 "HEAD C+": contrast agent recorded (Omnipaque 350). '
        "The model was trained on non-contrast CT. Not screened."
    )


def test_a_description_that_says_contrast_is_not_screened(tmp_path: Path) -> None:
    add(tmp_path, 5, "CTA HEAD")
    assert selection(tmp_path).reason == (
        'Series 5 "CTA HEAD": its description says contrast. '
        "The model was trained on non-contrast CT. Not screened."
    )


def test_a_material_map_is_not_screened_in_place_of_the_head(tmp_path: Path) -> None:
    add(tmp_path, 1, "HEAD IODINE", RescaleType="MGML")
    add(tmp_path, 2)
    found = selection(tmp_path)
    assert chosen(found) == [2]
    assert reasons(found)[1] == "values in MGML, not in Hounsfield units. Not screened."


@pytest.mark.parametrize("scale", ["", "hu", "HU_MOD", "US", "Hounsfield units", "UNSPECIFIED"])
def test_hounsfield_units_and_unspecified_ones_are_screened(tmp_path: Path, scale: str) -> None:
    add(tmp_path, 1, RescaleType=scale)
    assert chosen(selection(tmp_path)) == [1]


def test_a_colour_picture_among_the_slices_is_set_apart_and_named(tmp_path: Path) -> None:
    add(tmp_path, 2)
    save_picture(tmp_path / "IM9999", "1.2.3.2")
    found = selection(tmp_path)
    assert chosen(found) == [2]
    assert {verdict.part: (verdict.slices, verdict.reason) for verdict in found.verdicts} == {
        "CT images": (14, "Used: axial CT, kernel not recorded, 5.0 mm slices, 14 slices."),
        "Secondary Capture Image Storage": (
            1,
            "stored as Secondary Capture Image Storage, not as CT images. Not screened.",
        ),
    }


def test_a_picture_before_the_slices_does_not_speak_for_their_modality(tmp_path: Path) -> None:
    add(tmp_path, 2)
    save_picture(tmp_path / "0001", "1.2.3.2", modality="OT")
    found = selection(tmp_path)
    assert found.reason == "Used: axial CT, kernel not recorded, 5.0 mm slices, 14 slices."


def test_an_agent_of_none_is_no_contrast(tmp_path: Path) -> None:
    add(tmp_path, 1, ContrastBolusAgent="NONE")
    assert chosen(selection(tmp_path)) == [1]


def test_a_protocol_that_speaks_of_contrast_is_a_doubt_not_a_refusal(tmp_path: Path) -> None:
    add(tmp_path, 1, ProtocolName="CTA HEAD", ConvolutionKernel="H30s")
    found = selection(tmp_path)
    assert chosen(found) == [1]
    assert found.reason.endswith('14 slices. The protocol "CTA HEAD" speaks of contrast.')


def test_a_doubtful_series_is_left_out_where_there_is_a_clear_one(tmp_path: Path) -> None:
    add(tmp_path, 1, ProtocolName="CTA HEAD")
    add(tmp_path, 2)
    found = selection(tmp_path)
    assert chosen(found) == [2]
    assert reasons(found)[1] == 'Left out: The protocol "CTA HEAD" speaks of contrast.'


def test_a_plain_description_clears_a_study_named_for_contrast(tmp_path: Path) -> None:
    add(tmp_path, 1, "HEAD W/O", StudyDescription="CTA HEAD AND NECK")
    assert "contrast" not in selection(tmp_path).reason


def test_other_modalities_are_not_screened(tmp_path: Path) -> None:
    for i in range(3):
        ds = header("1.2.3", "1.2.3.7", f"1.2.3.7.{i}", MRImageStorage)
        ds.Modality, ds.SeriesNumber = "MR", 7
        save(ds, tmp_path / f"IM{i}")
    found = selection(tmp_path)
    assert found.reason == (
        "Study 1.2.3: one series, modality MR. Only CT is screened. Kept, not screened."
    )
    assert reasons(found) == {7: "modality MR. Only CT is screened. Not screened."}


def test_reports_and_screenshots_beside_a_scan_do_not_disturb(tmp_path: Path) -> None:
    add(tmp_path, 2)
    report = header("1.2.3", "1.2.3.99", "1.2.3.99.1", XRayRadiationDoseSRStorage)
    report.Modality, report.SeriesNumber, report.SeriesDescription = "SR", 99, "Dose Report"
    save(report, tmp_path / "sr")
    shot = header("1.2.3", "1.2.3.98", "1.2.3.98.1", SecondaryCaptureImageStorage)
    shot.SeriesNumber, shot.Rows, shot.Columns = 98, 10, 10
    save(shot, tmp_path / "sc")
    found = selection(tmp_path)
    assert chosen(found) == [2]
    assert reasons(found)[98] == (
        "stored as Secondary Capture Image Storage, not as CT images. Not screened."
    )
    assert reasons(found)[99] == "modality SR. Only CT is screened. Not screened."


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        (
            {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]},
            "a localizer. Not screened.",
        ),
        (
            {"ImageType": ["DERIVED", "SECONDARY", "MIP"]},
            "a projection (MIP), not slices as scanned. Not screened.",
        ),
        ({"BodyPartExamined": "CHEST"}, "body part CHEST, not head. Not screened."),
        ({"Modality": "PT"}, "modality PT. Only CT is screened. Not screened."),
        (
            {"BitsAllocated": 8},
            "8 bits a pixel: pictures, not Hounsfield units. Not screened.",
        ),
        (
            {"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]},
            "slices are sagittal. Only axial slices are screened. Not screened.",
        ),
    ],
)
def test_what_is_no_axial_head_is_not_screened(
    tmp_path: Path, extra: dict[str, object], reason: str
) -> None:
    add(tmp_path, 3, "", **extra)
    found = selection(tmp_path)
    assert found.series is None
    assert reasons(found) == {3: reason}


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        ("C-SPINE 2mm", "its description says spine, not head. Not screened."),
        ("HEAD MIP", "the description says MIP: not slices as scanned. Not screened."),
    ],
)
def test_what_a_description_rules_out_is_not_screened(
    tmp_path: Path, description: str, reason: str
) -> None:
    add(tmp_path, 3, description)
    assert reasons(selection(tmp_path)) == {3: reason}


def test_a_head_in_a_study_of_another_body_part_is_screened(tmp_path: Path) -> None:
    add(tmp_path, 1, "Head 5mm", BodyPartExamined="CHEST", StudyDescription="TRAUMA CHEST")
    assert chosen(selection(tmp_path)) == [1]


def test_a_series_that_names_no_body_part_is_left_to_the_pixels(tmp_path: Path) -> None:
    add(tmp_path, 1, "5mm", BodyPartExamined="")
    found = selection(tmp_path)
    assert chosen(found) == [1]
    assert found.reason.endswith("No header says that this is a head.")


def test_reformatted_slices_go_after_slices_as_scanned(tmp_path: Path) -> None:
    add(tmp_path, 1, ImageType=["DERIVED", "PRIMARY", "MPR"])
    assert chosen(selection(tmp_path)) == [1]
    add(tmp_path, 2)
    found = selection(tmp_path)
    assert chosen(found) == [2]
    assert reasons(found)[1] == "Left out: Reformatted slices (MPR)."


def test_a_series_with_a_gap_is_left_out_for_a_whole_one(tmp_path: Path) -> None:
    add(tmp_path, 1, slices=20)
    (tmp_path / "1" / "IM0011").unlink()
    add(tmp_path, 2, slices=14)
    found = selection(tmp_path)
    assert chosen(found) == [2]
    assert reasons(found)[1] == (
        "slice spacing jumps from 5.0 to 10.0 mm after slice 10; one slice seems to be missing. "
        "Not screened. Send the series again."
    )


def test_a_study_without_a_whole_series_says_why_of_each(tmp_path: Path) -> None:
    add(tmp_path, 1, slices=20)
    (tmp_path / "1" / "IM0011").unlink()
    add(tmp_path, 2, "HEAD C+", ContrastBolusAgent="Ultravist")
    reason = selection(tmp_path).reason
    assert reason.startswith('Series 1 "HEAD": slice spacing jumps from 5.0 to 10.0 mm')
    assert 'Series 2 "HEAD C+": contrast agent recorded (Ultravist).' in reason


def test_parts_of_one_series_have_verdicts_of_their_own(tmp_path: Path) -> None:
    add(tmp_path, 2, ConvolutionKernel="H60s")

    def rename(ds: Dataset, index: int) -> None:
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"9.{index + 1}"

    again = Scan(series_uid="1.2.3.2", extra={"ConvolutionKernel": "H30s"}, change=rename)
    again.write(tmp_path / "again")
    found = selection(tmp_path)
    assert found.series is not None
    assert found.series.label == 'Series 2 "HEAD" (kernel H30s)'
    assert [(v.description, v.part, v.slices, v.used) for v in found.verdicts] == [
        ("HEAD (kernel H60s)", "kernel H60s", 14, False),
        ("HEAD (kernel H30s)", "kernel H30s", 14, True),
    ]


def test_a_verdict_tells_whether_its_slices_can_be_looked_at(tmp_path: Path) -> None:
    def stand_up(ds: Dataset, index: int) -> None:
        ds.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
        ds.ImagePositionPatient = [0, 5.0 * index, 0]

    add(tmp_path, 1)
    add(tmp_path, 2, ContrastBolusAgent="Omnipaque 350")
    add(tmp_path, 3, Modality="MR", SOPClassUID=MRImageStorage)
    Scan(series_uid="1.2.3.4", number=4, change=stand_up).write(tmp_path / "4")
    verdicts = selection(tmp_path).verdicts
    assert {v.number: v.is_stackable for v in verdicts} == {1: True, 2: True, 3: False, 4: False}


def test_a_slice_whose_header_ends_early_keeps_the_series_from_passing_as_whole(
    tmp_path: Path,
) -> None:
    paths = Scan().write(tmp_path)
    content = paths[-1].read_bytes()
    paths[-1].write_bytes(content[: content.index(b"\x28\x00\x10\x00")])
    assert selection(tmp_path).reason == (
        'Series 2 "HEAD": IM0014 has no usable picture size (Rows, Columns). Not screened. '
        "Send the series again."
    )


def test_a_file_of_the_study_that_cannot_be_placed_keeps_it_from_being_screened(
    tmp_path: Path,
) -> None:
    paths = Scan().write(tmp_path)
    content = paths[-1].read_bytes()
    paths[-1].write_bytes(content[: content.index(b"\x20\x00\x0e\x00")])
    found = selection(tmp_path)
    assert found.series is None
    assert found.reason == (
        "One file of the study cannot be placed: IM0014 has no Series Instance UID: its header is "
        "damaged or ends early. A slice may be missing. Not screened. Send the study again."
    )
    assert reasons(found)[2] == "Left out: a file of the study cannot be placed."


def test_a_series_without_number_is_named_by_its_uid(tmp_path: Path) -> None:
    ds = header("1.2.3", "1.2.3.55", "1.2.3.55.1", CTImageStorage)
    save(ds, tmp_path / "IM1")
    assert selection(tmp_path).reason == (
        "Series 1.2.3.55: IM1 has no usable picture size (Rows, Columns). Not screened. "
        "Send the series again."
    )


def test_a_low_dose_scan_is_no_dose_report(tmp_path: Path) -> None:
    add(tmp_path, 1, "HEAD LOW DOSE W/O")
    assert chosen(selection(tmp_path)) == [1]


@pytest.mark.parametrize(
    ("description", "said"),
    [("Dose Report", "DOSE REPORT"), ("DOSE_INFO", "DOSE INFO"), ("Patient Dose", "PATIENT DOSE")],
)
def test_a_dose_report_is_not_screened(tmp_path: Path, description: str, said: str) -> None:
    add(tmp_path, 1, description)
    assert reasons(selection(tmp_path)) == {
        1: f"the description says {said}: not slices as scanned. Not screened."
    }


def resize(folder: Path, numbers: range) -> None:
    """Write these slices of series 2 (1-based) again with two rows less."""

    def trim(ds: Dataset, index: int) -> None:
        ds.Rows, ds.PixelData = ds.Rows - 2, ds.PixelData[: -4 * ds.Columns]

    odd = Scan(head(30), series_uid="1.2.3.2", change=trim)
    for number in numbers:
        save(odd.dataset(number - 1), folder / "2" / f"IM{number:04d}")


GAP = (
    'Series 2 "HEAD" (40 × 48 pixels): slice spacing jumps from 5.0 to 10.0 mm after slice {}; '
    "one slice seems to be missing. Not screened. Send the series again. "
)


def test_one_slice_of_another_size_does_not_stand_in_for_the_broken_scan(tmp_path: Path) -> None:
    add(tmp_path, 2, slices=30)
    resize(tmp_path, range(15, 16))
    found = selection(tmp_path)
    assert chosen(found) == []
    assert found.reason == GAP.format(14) + (
        'Series 2 "HEAD" (40 × 46 pixels): the only image left beside '
        'Series 2 "HEAD" (40 × 48 pixels), which cannot be screened. Not screened.'
    )


def test_every_third_slice_does_not_stand_in_for_the_broken_scan(tmp_path: Path) -> None:
    add(tmp_path, 2, slices=30)
    resize(tmp_path, range(3, 31, 3))
    found = selection(tmp_path)
    assert chosen(found) == []
    assert found.reason == GAP.format(2) + (
        'Series 2 "HEAD" (40 × 46 pixels): only 10 images left beside '
        'Series 2 "HEAD" (40 × 48 pixels), which cannot be screened. Not screened.'
    )


def test_a_few_slices_of_another_series_do_not_stand_in_for_the_broken_scan(
    tmp_path: Path,
) -> None:
    add(tmp_path, 1, slices=20)
    (tmp_path / "1" / "IM0011").unlink()
    add(tmp_path, 2, slices=3)
    found = selection(tmp_path)
    assert chosen(found) == []
    assert reasons(found)[2] == (
        'only 3 images left beside Series 1 "HEAD", which cannot be screened. Not screened.'
    )


def test_a_few_slices_beside_a_part_with_contrast_are_not_screened(tmp_path: Path) -> None:
    add(tmp_path, 2, slices=30, ContrastBolusAgent="Omnipaque 350")
    resize(tmp_path, range(30, 31))
    found = selection(tmp_path)
    assert chosen(found) == []
    assert found.reason.startswith(
        'Series 2 "HEAD" (40 × 48 pixels): contrast agent recorded (Omnipaque 350).'
    )


def test_slices_of_another_size_that_are_left_out_are_told_with_the_volume(tmp_path: Path) -> None:
    add(tmp_path, 2, slices=30)
    resize(tmp_path, range(28, 31))
    found = selection(tmp_path)
    assert found.series is not None
    assert load_volume(found.series).warnings == (
        "Left out: 3 of the 30 images of the series, unlike the slices used "
        "(40 × 46 pixels instead of 40 × 48 pixels).",
    )


def test_images_that_share_a_uid_keep_the_study_from_being_screened(tmp_path: Path) -> None:
    def repeat(ds: Dataset, index: int) -> None:
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4.1"

    Scan(change=repeat).write(tmp_path)
    found = selection(tmp_path)
    assert chosen(found) == []
    assert found.reason == (
        "13 files of the study cannot be placed: IM0002 has the SOP Instance UID of IM0001, but "
        "is another image. A slice may be missing. Not screened. Send the study again."
    )


def test_a_study_of_two_patients_is_not_screened(tmp_path: Path) -> None:
    def swap(ds: Dataset, index: int) -> None:
        ds.PatientID = "P2" if index == 13 else "P1"

    Scan(change=swap).write(tmp_path)
    found = selection(tmp_path)
    assert chosen(found) == []
    assert found.reason == (
        "One file of the study cannot be placed: IM0014 names another patient than the files of "
        "the study before it. A slice may be missing. Not screened. Send the study again."
    )
