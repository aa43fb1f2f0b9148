"""One header becomes one `Instance` and the attributes of its study.

Only the elements that something here reads are converted, and the file is read no further than
the pixel data: a study of thousands of instances is listed in seconds.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import (
    UID,
    CTImageStorage,
    EnhancedCTImageStorage,
    LegacyConvertedEnhancedCTImageStorage,
)

from ichdash.dicom.deflated import parse
from ichdash.dicom.frames import frames
from ichdash.dicom.studies import Instance
from ichdash.dicom.values import integer, items, text
from ichdash.domain import StudyAttributes

_KEYWORDS = """
    SpecificCharacterSet ImageType SOPClassUID SOPInstanceUID StudyDate AcquisitionDate StudyTime
    AcquisitionTime AcquisitionDateTime AccessionNumber Modality StudyDescription
    SeriesDescription PatientName PatientID PatientBirthDate PatientSex BodyPartExamined
    SliceThickness ProtocolName ContrastBolusAgent ContrastBolusAgentSequence ConvolutionKernel
    StudyInstanceUID SeriesInstanceUID SeriesNumber AcquisitionNumber InstanceNumber
    ImagePositionPatient ImageOrientationPatient PixelSpacing SamplesPerPixel NumberOfFrames
    Rows Columns BitsAllocated RescaleIntercept RescaleSlope RescaleType
    SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence
"""
CT_IMAGES: set[str] = {
    CTImageStorage,
    EnhancedCTImageStorage,
    LegacyConvertedEnhancedCTImageStorage,
}
TAGS = [Tag(keyword) for keyword in _KEYWORDS.split()]


def read_header(path: Path, *, force: bool = False) -> Dataset:
    """Parse the header of `path` up to the pixel data; raises as `parse`."""
    return parse(path, TAGS, stop_before_pixels=True, force=force)


def instance(ds: Dataset, path: Path, name: str) -> Instance:
    """What `ds` says of one file."""
    return Instance(
        sop_instance_uid=text(ds, "SOPInstanceUID") or _meta(ds, "MediaStorageSOPInstanceUID"),
        path=path,
        name=name,
        patient_id=text(ds, "PatientID"),
        sop_class_uid=text(ds, "SOPClassUID"),
        transfer_syntax=transfer_syntax(ds),
        number=integer(ds, "InstanceNumber"),
        rows=integer(ds, "Rows") or 0,
        columns=integer(ds, "Columns") or 0,
        bits_allocated=integer(ds, "BitsAllocated") or 0,
        samples_per_pixel=integer(ds, "SamplesPerPixel") or 1,
        contrast_agent=_contrast_agent(ds),
        body_part=text(ds, "BodyPartExamined"),
        protocol=text(ds, "ProtocolName"),
        study_description=text(ds, "StudyDescription"),
        frames=frames(ds) if _has_picture(ds) else (),
    )


def is_pictureless(ds: Dataset) -> bool:
    """Whether `ds` is known to be of a kind without pictures, such as a report."""
    return bool(text(ds, "SOPClassUID")) and not _has_picture(ds)


def _has_picture(ds: Dataset) -> bool:
    return bool(integer(ds, "Rows")) or text(ds, "SOPClassUID") in CT_IMAGES


def transfer_syntax(ds: Dataset) -> str:
    """The transfer syntax UID of the file meta information, empty where there is none."""
    return _meta(ds, "TransferSyntaxUID")


def sop_class(ds: Dataset) -> str:
    """The SOP class UID; a media directory has it in its file meta information only."""
    return text(ds, "SOPClassUID") or _meta(ds, "MediaStorageSOPClassUID")


def _meta(ds: Dataset, keyword: str) -> str:
    """A value of the file meta information (PS3.10 7.1), which bare files lack."""
    return text(getattr(ds, "file_meta", Dataset()), keyword)


def uid_name(uid: str) -> str:
    """The name that PS3.6 gives a UID, for a sentence."""
    return str(UID(uid).name) if uid else "unknown"


def attributes(ds: Dataset) -> StudyAttributes:
    """What the header says of the patient and the study."""
    return StudyAttributes(
        patient_id=text(ds, "PatientID"),
        patient_name=_person(text(ds, "PatientName")),
        birth_date=_iso_date(text(ds, "PatientBirthDate")),
        sex=text(ds, "PatientSex"),
        accession_number=text(ds, "AccessionNumber"),
        description=text(ds, "StudyDescription"),
        acquired_at=_acquired_at(ds),
    )


def _contrast_agent(ds: Dataset) -> str:
    coded = items(ds, "ContrastBolusAgentSequence")[:1]
    return text(ds, "ContrastBolusAgent") or "".join(text(item, "CodeMeaning") for item in coded)


def _person(name: str) -> str:
    """A person name (PS3.5 6.2.1) as people write it: `Family, Given Middle`."""
    alphabetic = next((group for group in name.split("=") if group.strip()), "")
    family, *given = (part.strip() for part in alphabetic.split("^")[:3])
    return ", ".join(part for part in (family, " ".join(filter(None, given))) if part)


def _iso_date(digits: str) -> str:
    found = _moment(digits, "")
    return found.date().isoformat() if found else ""


def _acquired_at(ds: Dataset) -> datetime | None:
    """When the picture was taken, else when the study began; local time of the scanner."""
    whole = text(ds, "AcquisitionDateTime")
    return (
        _moment(whole[:8], whole[8:])
        or _moment(text(ds, "AcquisitionDate"), text(ds, "AcquisitionTime"))
        or _moment(text(ds, "StudyDate"), text(ds, "StudyTime"))
    )


def _moment(day: str, time: str) -> datetime | None:
    """A date and a time (PS3.5 6.2: DA, TM) as one; None without a valid date."""
    seconds = time.replace(":", "").split(".")[0][:6].ljust(6, "0")
    for moment in (seconds, "000000"):
        try:
            return datetime.strptime(day.replace(".", "") + moment, "%Y%m%d%H%M%S")
        except ValueError:
            continue
    return None
