"""DICOM without the patient: the Basic Application Level Confidentiality Profile (PS3.15 E).

Two sieves. The profile's table (dicom-anonymizer's, of the standard's edition 2026c) says what is
removed, blanked or replaced. Then whatever can hold free text, a person, a date or unknown bytes
and is not known to be harmless goes as well: a table is only as new as its edition, and scanners
write names where none belongs. Pixels stay as they came, so objects that may have text burnt into
them are left out.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pydicom
from dicomanonymizer import simpledicomanonymizer as profile
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels.utils import get_expected_length
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid

from ichdash.dicom.deflated import parse
from ichdash.dicom.frames import SCALES
from ichdash.dicom.headers import CT_IMAGES
from ichdash.dicom.values import PARSE_ERRORS, texts
from ichdash.errors import InputError

Tag = tuple[int, ...]  # group and element, and a mask of each where the group repeats

METHOD = "DICOM PS3.15 Basic Profile 2026c, dates removed"
FREE = frozenset(
    ("AE AS DA DT LO LT OB OD OF OL OV OW PN SH ST TM UC UN UR UT").split(" ")  # noqa: SIM905
)
"""What may hold a name, a place, a moment, or bytes that nobody can read."""

HARMLESS = frozenset(("PixelData", "Manufacturer", "ManufacturerModelName", "ConvolutionKernel"))
"""Kept all the same: the picture, and the scanner that made it."""

PICTURES_OF_TEXT = {"SCREEN SAVE", "DOSE", "DOSE_INFO"}  # of ImageType

UNREADABLE = "cannot be read or cleaned for certain"

BASIC_PROFILE = {
    "CodeValue": "113100",
    "CodingSchemeDesignator": "DCM",
    "CodeMeaning": "Basic Application Confidentiality Profile",
}
"""How PS3.15 E.1.1 has the profile named in the dataset (PS3.16 CID 7050)."""


@dataclass(frozen=True)
class Deidentified:
    """A file without its patient, or the reason why it is left out."""

    path: Path  # of the original: its name must not leave the house
    content: bytes  # empty where it is left out
    reason: str = ""


class Uids:
    """New UIDs, the same for the same old one within one export, and unrelated to it."""

    def __init__(self) -> None:
        self._new: dict[str, UID] = {}

    def new(self, old: str) -> UID:
        return self._new.setdefault(str(old), generate_uid(None))


def deidentified(paths: Iterable[Path]) -> Iterator[Deidentified]:
    """Each file without its patient, one after the other."""
    uids = Uids()
    for path in paths:
        try:
            ds = parse(path, force=True)
            reason = _unfit(ds)
            yield Deidentified(path, b"" if reason else _content(ds, uids), reason)
        except (*PARSE_ERRORS, InputError):
            yield Deidentified(path, b"", UNREADABLE)


def _content(ds: Dataset, uids: Uids) -> bytes:
    bare = ImplicitVRLittleEndian if ds.original_encoding[0] else ExplicitVRLittleEndian
    syntax = UID(ds.file_meta.get("TransferSyntaxUID", bare))  # a bare file names none
    was = ds.SOPInstanceUID
    clean(ds, uids)
    if not syntax.is_compressed:  # what lies behind the last pixel is no pixel
        length = get_expected_length(ds)
        ds.PixelData = ds.PixelData[:length] + b"\0" * (length % 2)
    ds.SOPInstanceUID = uids.new(was)
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.file_meta = meta
    ds.preamble = b"\0" * 128
    written = io.BytesIO()
    ds.save_as(written, enforce_file_format=True)
    return written.getvalue()


def _unfit(ds: Dataset) -> str:
    """Why an object cannot leave the house; empty where it can."""
    if "SOPClassUID" not in ds:
        return UNREADABLE
    if ds.SOPClassUID not in CT_IMAGES:
        return "no CT image, so that it may hold text of any kind"
    screen = {word.upper() for word in texts(ds, "ImageType")} & PICTURES_OF_TEXT
    if ds.get("BurnedInAnnotation", "NO") != "NO" or screen:
        return "the patient's name may be burnt into its pixels"
    return ""


def clean(ds: Dataset, uids: Uids) -> None:
    """Take the patient out of a dataset, in place, and say so in it."""
    _clean_level(ds, uids)
    ds.PatientID = ds.PatientName = "ANONYMOUS"
    for keyword in ("StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName"):
        setattr(ds, keyword, "")
    ds.PatientBirthDate = ds.StudyID = ""
    ds.PatientIdentityRemoved = "YES"
    ds.DeidentificationMethod = METHOD
    ds.DeidentificationMethodCodeSequence = [Dataset()]
    for keyword, value in BASIC_PROFILE.items():
        setattr(ds.DeidentificationMethodCodeSequence[0], keyword, value)
    ds.LongitudinalTemporalInformationModified = "REMOVED"


def _clean_level(ds: Dataset, uids: Uids) -> None:
    for element in list(ds):  # read before anything is cleaned: what cannot be read is refused
        if element.VR == "SQ":
            for item in element.value:
                _clean_level(item, uids)
    ds.remove_private_tags()
    profile.anonymize_dataset(ds, base_rules_gen=lambda: _rules(ds))
    for element in list(ds):
        # Kept: without it, a CT's values are read as HU.
        is_scale = element.keyword == "RescaleType" and str(element.value) in SCALES
        keeps = is_scale or element.keyword in HARMLESS
        unknown = not element.keyword or 0x5000 <= element.tag.group < 0x7000  # overlays, curves
        if unknown or (element.VR in FREE and not keeps):
            del ds[element.tag]
        elif element.VR == "UI" and not element.keyword.endswith("ClassUID"):
            _renew(ds, element.keyword, uids)


def _renew(ds: Dataset, keyword: str, uids: Uids) -> None:
    value = ds[keyword].value
    several = isinstance(value, pydicom.multival.MultiValue)
    if value:
        ds[keyword].value = [uids.new(each) for each in value] if several else uids.new(value)


def _rules(ds: Dataset) -> dict[Tag, object]:
    """The rules of the profile that `ds` needs: the library tries each that it is given.

    Rules of repeating groups and of the file meta information tell no element of `ds` by name.
    """
    table = _table()
    named = [(tag.group, tag.element) for tag in ds.keys()]  # noqa: SIM118  no element is read
    unnamed = [tag for tag in table if len(tag) > 2 or tag[0] == 0x0002]
    return {tag: table[tag] for tag in (*named, *unnamed) if tag in table}


@functools.cache
def _table() -> dict[Tag, object]:
    """The profile's table; UIDs are renewed here, once, and not in the library's own memory."""
    table = profile.initialize_actions("dicomfields_2026c")
    return {tag: act for tag, act in table.items() if act is not profile.replace_UID}
