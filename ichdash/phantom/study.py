"""Writes a drawn head as a DICOM study: one CT series, uncompressed explicit little endian.

Every instance says that it is synthetic: in Synthetic Data (PS3.3 C.12.1.1), image comments,
series description, manufacturer and patient name. UIDs are UUID-derived (PS3.5 B.2) and follow
from what was drawn, so the same head is the same study.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from ichdash.phantom.grid import Grid
from ichdash.phantom.head import Phantom
from ichdash.phantom.spec import HeadSpec

STATEMENT = "SYNTHETIC IMAGE: drawn by a program, not acquired from a person"
RESCALE_INTERCEPT = -1024
IMPLEMENTATION_UID = UID("2.25.227155342846330215347263120428617029184")


@dataclass(frozen=True)
class StudyLabel:
    """What an order and a registration would have said of the study."""

    patient_id: str
    accession_number: str
    acquired_at: datetime
    patient_name: str = "SYNTHETIC^HEAD"
    description: str = "CT HEAD W/O CONTRAST"


def write_study(
    phantom: Phantom,
    spec: HeadSpec,
    folder: Path,
    label: StudyLabel,
    omitted: Collection[int] = (),
) -> Path:
    """Write one file a slice into `folder`, without the slices whose index is `omitted`.

    Returns the folder. Raises OSError where it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for slice_index in range(len(phantom.hu)):
        if slice_index not in omitted:
            ds = instance(phantom, spec, label, slice_index)
            ds.save_as(folder / f"IM{slice_index + 1:04d}", enforce_file_format=True)
    return folder


def uid_of(spec: HeadSpec, what: str) -> UID:
    """The UID of a part of the study that `spec` describes."""
    return UID(f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, f'{spec!r} {what}').int}")


def instance(phantom: Phantom, spec: HeadSpec, label: StudyLabel, slice_index: int) -> Dataset:
    """One slice as a CT Image (PS3.3 A.3)."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = uid_of(spec, f"slice {slice_index}")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION_UID
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    _add_patient(ds, spec, label)
    _add_study(ds, spec, label)
    _add_series(ds, spec, label)
    _add_acquisition(ds, spec)
    _add_place(ds, spec, slice_index)
    _add_pixels(ds, phantom, slice_index)
    return ds


def _add_patient(ds: Dataset, spec: HeadSpec, label: StudyLabel) -> None:
    ds.PatientName = label.patient_name
    ds.PatientID = label.patient_id
    ds.PatientBirthDate = _birth_date(spec, label)
    ds.PatientSex = spec.sex
    ds.PatientAge = f"{spec.age_years:03d}Y"
    ds.PatientComments = STATEMENT


def _birth_date(spec: HeadSpec, label: StudyLabel) -> str:
    days = 365.2425 * spec.age_years + 20 + spec.seed % 300
    return f"{label.acquired_at - timedelta(days=days):%Y%m%d}"


def _add_study(ds: Dataset, spec: HeadSpec, label: StudyLabel) -> None:
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.StudyInstanceUID = uid_of(spec, "study")
    ds.StudyID = label.accession_number
    ds.AccessionNumber = label.accession_number
    ds.ReferringPhysicianName = ""
    ds.StudyDescription = label.description
    for part in ("Study", "Series", "Acquisition", "Content"):
        setattr(ds, f"{part}Date", f"{label.acquired_at:%Y%m%d}")
        setattr(ds, f"{part}Time", f"{label.acquired_at:%H%M%S}")
    if label.acquired_at.tzinfo is not None:
        ds.TimezoneOffsetFromUTC = f"{label.acquired_at:%z}"


def _add_series(ds: Dataset, spec: HeadSpec, label: StudyLabel) -> None:
    ds.Modality = "CT"
    ds.SeriesInstanceUID = uid_of(spec, "series")
    ds.SeriesNumber = 2
    ds.SeriesDescription = f"HEAD W/O {spec.slice_mm:g}MM SYNTHETIC"
    ds.ProtocolName = "HEAD ROUTINE (SYNTHETIC)"
    ds.BodyPartExamined = "HEAD"
    ds.PatientPosition = "HFS"
    ds.Manufacturer = "ichdash phantom"
    ds.ManufacturerModelName = "synthetic head"
    ds.InstitutionName = "Synthetic data, no institution"
    ds.FrameOfReferenceUID = uid_of(spec, "frame of reference")
    ds.PositionReferenceIndicator = "OM"


def _add_acquisition(ds: Dataset, spec: HeadSpec) -> None:
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.SyntheticData = "YES"
    ds.ImageComments = STATEMENT
    ds.AcquisitionNumber = 1
    ds.KVP = "120"
    ds.XRayTubeCurrent = 240
    ds.ExposureTime = 1000
    ds.ConvolutionKernel = "SOFT"
    ds.GantryDetectorTilt = f"{spec.gantry_tilt_deg:.2f}"
    ds.SliceThickness = f"{spec.slice_mm:.4f}"
    ds.ReconstructionDiameter = f"{spec.field_of_view_mm:.2f}"


def _add_place(ds: Dataset, spec: HeadSpec, slice_index: int) -> None:
    grid = Grid(spec)
    ds.SOPClassUID = CTImageStorage
    ds.SOPInstanceUID = uid_of(spec, f"slice {slice_index}")
    ds.InstanceNumber = slice_index + 1
    ds.ImagePositionPatient = [f"{v:.5f}" for v in grid.first_pixel(slice_index)]
    ds.ImageOrientationPatient = ["1", "0", "0", *(f"{v:.8f}" for v in grid.column_direction)]
    ds.SliceLocation = f"{grid.slice_center(slice_index)[2]:.3f}"
    ds.PixelSpacing = [f"{spec.pixel_mm:.6f}"] * 2


def _add_pixels(ds: Dataset, phantom: Phantom, slice_index: int) -> None:
    stored = (phantom.hu[slice_index].astype(np.int32) - RESCALE_INTERCEPT).astype("<u2")
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = stored.shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 12, 11
    ds.PixelRepresentation = 0
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = RESCALE_INTERCEPT, 1, "HU"
    ds.WindowCenter, ds.WindowWidth = [40, 600], [80, 2800]
    ds.PixelData = stored.tobytes()
