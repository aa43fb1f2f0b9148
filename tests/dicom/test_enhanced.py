"""Enhanced (multi-frame) CT: one file, each frame with its own place and rescale."""

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedCTImageStorage, JPEGLSLossless

from ichdash.dicom.geometry import load_volume
from ichdash.dicom.reading import read
from ichdash.dicom.selection import select
from ichdash.errors import NotScreenableError
from tests.dicom.scanner import SPACING_MM, fill, head, header, only_series, save


def item(**values: object) -> Sequence:
    ds = Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return Sequence([ds])


def enhanced(hu: np.ndarray, z_mm: list[float], intercepts: list[int]) -> FileDataset:
    """`hu` (frames, rows, columns) as one instance; what frames share is told once."""
    ds = header("1.2.3", "1.2.3.4", "1.2.3.4.1", EnhancedCTImageStorage)
    ds.SeriesNumber, ds.SeriesDescription, ds.InstanceNumber = 7, "HEAD", 1
    ds.ImageType, ds.NumberOfFrames = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"], len(hu)
    shared = Dataset()
    shared.PixelMeasuresSequence = item(PixelSpacing=[*SPACING_MM[1:]], SliceThickness=5)
    shared.PlaneOrientationSequence = item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    shared.CTReconstructionSequence = item(ConvolutionKernel="H30s")
    shared.CTImageFrameTypeSequence = item(FrameType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"])
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    groups = []
    for z, intercept in zip(z_mm, intercepts, strict=True):
        group = Dataset()
        group.PlanePositionSequence = item(ImagePositionPatient=[-80, -70, z])
        group.PixelValueTransformationSequence = item(
            RescaleSlope=1, RescaleIntercept=intercept, RescaleType="HU"
        )
        group.FrameContentSequence = item(FrameAcquisitionNumber=1)
        groups.append(group)
    ds.PerFrameFunctionalGroupsSequence = Sequence(groups)
    fill(ds, hu - np.array(intercepts)[:, None, None], 16, True, "")
    return ds


@pytest.mark.parametrize("syntax", [JPEGLSLossless, "1.2.840.10008.1.2.1"])
def test_frames_are_put_in_order_each_with_its_own_intercept(tmp_path: Path, syntax: str) -> None:
    truth = head()
    order = np.random.default_rng(3).permutation(len(truth))
    z, intercepts = [5.0 * i for i in order], [-1000 - int(i) for i in order]
    save(enhanced(truth[order], z, intercepts), tmp_path / "IM1", syntax)
    volume = load_volume(only_series(tmp_path))
    np.testing.assert_array_equal(volume.hu, truth)
    assert volume.spacing_mm == SPACING_MM
    assert volume.sop_instance_uids == ("1.2.3.4.1",) * len(truth)


def test_an_enhanced_series_is_chosen_with_its_kernel_and_slices_told(tmp_path: Path) -> None:
    save(enhanced(head(), [5.0 * i for i in range(14)], [-1024] * 14), tmp_path / "IM1")
    (study,) = read([tmp_path], tmp_path).studies
    selection = select(study)
    assert selection.reason == "Used: axial CT, soft kernel (H30s), 5.0 mm slices, 14 slices."
    assert selection.verdicts[0].slices == 14


def test_a_missing_frame_is_refused_by_name(tmp_path: Path) -> None:
    z = [5.0 * i for i in range(15) if i != 9]
    save(enhanced(head(), z, [-1024] * 14), tmp_path / "IM1")
    with pytest.raises(NotScreenableError, match="after slice 9; one slice seems to be missing"):
        load_volume(only_series(tmp_path))


def test_two_passes_in_one_file_are_parted(tmp_path: Path) -> None:
    first, second = head(), head() + np.int16(100)
    z = [5.0 * i for i in range(14)] * 2
    ds = enhanced(np.concatenate([first, second]), z, [-1024] * 28)
    for i, group in enumerate(ds.PerFrameFunctionalGroupsSequence):
        group.FrameContentSequence[0].FrameAcquisitionNumber = 1 + i // 14
    save(ds, tmp_path / "IM1")
    (study,) = read([tmp_path], tmp_path).studies
    selection = select(study)
    assert [verdict.slices for verdict in selection.verdicts] == [14, 14]
    assert selection.series is not None
    np.testing.assert_array_equal(load_volume(selection.series).hu, first)


def test_a_frame_without_a_place_is_refused_by_name(tmp_path: Path) -> None:
    ds = enhanced(head(), [5.0 * i for i in range(14)], [-1024] * 14)
    del ds.PerFrameFunctionalGroupsSequence[3].PlanePositionSequence
    save(ds, tmp_path / "IM1")
    with pytest.raises(NotScreenableError) as refused:
        load_volume(only_series(tmp_path))
    assert str(refused.value) == (
        'Series 7 "HEAD": IM1 (frame 4) has no usable position (ImagePositionPatient). '
        "Not screened. Send the series again."
    )
