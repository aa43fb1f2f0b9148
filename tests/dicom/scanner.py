"""A small CT scanner: writes a head of known HU as DICOM, in every way that scanners do.

Coordinates are carried along as pictures of their own, so that positions and directions come
from where each pixel went and not from the rules under test.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import gdcm
import numpy as np
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLossless,
    JPEGLosslessSV1,
    generate_uid,
)

from ichdash.dicom.reading import Series, read

SPACING_MM = (5.0, 3.0, 4.0)  # (z, y, x): in-plane steps differ, so a lost transpose shows
SLICES, ROWS, COLUMNS = 14, 48, 40
NATIVE = {
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
}
GDCM = {
    JPEGLossless: gdcm.TransferSyntax.JPEGLosslessProcess14,
    JPEGLosslessSV1: gdcm.TransferSyntax.JPEGLosslessProcess14_1,
}


def head(slices: int = SLICES) -> np.ndarray:
    """A head in HU int16 (slices, rows, columns), feet to head, with no symmetry at all."""
    y, x = np.mgrid[-1 : 1 : ROWS * 1j, -1 : 1 : COLUMNS * 1j]
    radius = np.hypot(y / 0.9, x / 0.8)
    hu = np.full((slices, ROWS, COLUMNS), -1000, np.int16)
    hu[:, radius < 1] = 1200
    noise = np.random.default_rng(5).integers(-15, 15, hu.shape)
    hu = np.where(radius < 0.9, 35 + noise, hu).astype(np.int16)
    hu[:, 30:36, 8:14] = 70  # a bleed at the back right, which lies low left on the screen
    hu += (np.arange(slices, dtype=np.int16) * (radius < 0.9)[..., None]).transpose(2, 0, 1)
    return hu


@dataclass
class Scan:
    """One series as a scanner would send it. Change a field, then `write`."""

    hu: np.ndarray = field(default_factory=head)
    spacing_mm: tuple[float, float, float] = SPACING_MM
    z_mm: Sequence[float] | None = None  # of each slice; None: by spacing
    tilt: float = 0.0  # millimetres to the back of the next slice per millimetre of table travel
    store: Callable[[np.ndarray], np.ndarray] = lambda slices: slices  # flips of (..., r, c)
    syntax: str = ExplicitVRLittleEndian
    bits: int = 12
    is_signed: bool = False
    slope: float = 1.0
    intercept: float = -1024.0
    study_uid: str = "1.2.3"
    series_uid: str = "1.2.3.4"
    number: int | None = 2
    description: str = "HEAD"
    extra: dict[str, object] = field(default_factory=dict)
    change: Callable[[Dataset, int], None] = lambda ds, index: None

    def write(self, folder: Path, names: str = "IM{:04d}") -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / names.format(i + 1) for i in range(len(self.hu))]
        for i, path in enumerate(paths):
            save(self.dataset(i), path, self.syntax)
        return paths

    def dataset(self, index: int) -> FileDataset:
        ds = header(self.study_uid, self.series_uid, f"{self.series_uid}.{index + 1}")
        ds.SeriesNumber, ds.SeriesDescription = self.number, self.description
        ds.InstanceNumber, ds.AcquisitionNumber = index + 1, 1
        ds.ImageType, ds.BodyPartExamined = ["ORIGINAL", "PRIMARY", "AXIAL"], "HEAD"
        ds.SliceThickness = self.spacing_mm[0]
        self._place(ds, index)
        self._fill(ds, index)
        for keyword, value in self.extra.items():
            setattr(ds, keyword, value)
        self.change(ds, index)
        return ds

    def _place(self, ds: Dataset, index: int) -> None:
        """Position, direction and spacing, read off where the stored pixels lie."""
        _, sy, sx = self.spacing_mm
        z = self.spacing_mm[0] * index if self.z_mm is None else self.z_mm[index]
        y, x = np.mgrid[: self.hu.shape[1], : self.hu.shape[2]] * np.array([sy, sx])[:, None, None]
        lean = np.array([0, np.cos(np.arctan(self.tilt)), -np.sin(np.arctan(self.tilt))])
        grid = x[..., None] * np.array([1, 0, 0]) + y[..., None] * lean  # (rows, columns, 3)
        grid = np.moveaxis(self.store(np.moveaxis(grid, -1, 0)), 0, -1)
        along_row, along_column = grid[0, 1] - grid[0, 0], grid[1, 0] - grid[0, 0]
        steps = np.linalg.norm(along_column), np.linalg.norm(along_row)
        position = grid[0, 0] + [-80, -70, z]
        cosines = [*along_row / steps[1], *along_column / steps[0]]
        ds.ImagePositionPatient = [round(float(value), 6) for value in position]
        ds.ImageOrientationPatient = [round(float(value), 6) for value in cosines]
        ds.PixelSpacing = [round(float(step), 6) for step in steps]

    def _fill(self, ds: Dataset, index: int) -> None:
        stored = np.rint((self.store(self.hu[index]) - self.intercept) / self.slope)
        ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = self.slope, self.intercept, "HU"
        fill(ds, stored, self.bits, self.is_signed, self.syntax)


def header(study_uid: str, series_uid: str, sop_uid: str, sop_class: str = CTImageStorage):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, sop_uid
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, sop_uid
    ds.StudyInstanceUID, ds.SeriesInstanceUID = study_uid, series_uid
    ds.Modality, ds.PatientName, ds.PatientID = "CT", "Secret^Name", "P1"
    ds.StudyDate, ds.StudyTime, ds.AccessionNumber = "20260102", "101530", "A77"
    ds.FrameOfReferenceUID = generate_uid()
    return ds


def fill(ds: Dataset, stored: np.ndarray, bits: int, is_signed: bool, syntax: str) -> None:
    """Put stored values (..., rows, columns) into `ds` with their description."""
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    ds.Rows, ds.Columns = stored.shape[-2:]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, bits, bits - 1
    ds.PixelRepresentation = int(is_signed)
    ds.PixelData = stored.astype(f"{order}{'i' if is_signed else 'u'}2").tobytes()
    ds["PixelData"].VR = "OW"


def save(ds: Dataset, path: Path, syntax: str = ExplicitVRLittleEndian) -> Path:
    """Write `ds` to `path`, compressed as `syntax` says."""
    if syntax in NATIVE:
        ds.file_meta.TransferSyntaxUID = syntax
        dcmwrite(path, ds, enforce_file_format=True)
        return path
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    if syntax not in GDCM:
        ds.compress(syntax, generate_instance_uid=False)
        ds.save_as(path, enforce_file_format=True)
        return path
    ds.save_as(path, enforce_file_format=True)
    return transcode(path, syntax)


def transcode(path: Path, syntax: str) -> Path:
    """JPEG lossless, which pydicom cannot write."""
    reader, change = gdcm.ImageReader(), gdcm.ImageChangeTransferSyntax()
    reader.SetFileName(str(path))
    assert reader.Read()
    change.SetTransferSyntax(gdcm.TransferSyntax(GDCM[syntax]))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFileName(str(path))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    return path


def only_series(folder: Path, scratch: Path | None = None) -> Series:
    """The one series of the one study in `folder`, read as a user would have it read."""
    reading = read([folder], scratch or folder)
    assert reading.refused == ()
    (study,) = reading.studies
    (series,) = study.series
    return series
