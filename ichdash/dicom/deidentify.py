"""Anonymised copies of a study's files, by the Basic Application Level Confidentiality Profile
(PS3.15 annex E).

What is removed, blanked or replaced is the standard's own list (table E.1-1), as `dicom-anonymizer`
applies it. Settled here is what a list of elements cannot: sequences go but for those that place
the frames, dates are blank, the file's own header is made anew, and objects whose pixels may name
somebody are left out.
"""

from __future__ import annotations

import io
import secrets
import threading
from pathlib import Path

import pydicom
from dicomanonymizer import simpledicomanonymizer as profile
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import PYDICOM_IMPLEMENTATION_UID, CTImageStorage, EnhancedCTImageStorage

from ichdash.errors import InputError

METHOD = "PS3.15 Basic Profile; dates blank, sequences removed"  # 64 letters at most
IMAGES = (CTImageStorage, EnhancedCTImageStorage)
PLACES = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
TIMES = ("DA", "TM", "DT")

_one_at_a_time = threading.Lock()  # the library keeps its new UIDs in one place for all


class Anonymiser:
    """Makes copies of the files of one study: what was the same UID is the same new one in all."""

    def __init__(self) -> None:
        self.patient_id = f"ANON-{secrets.token_hex(4).upper()}"
        self._uids: dict[str, str] = {}

    def copy(self, path: Path) -> bytes:
        """The anonymised file; raises InputError with the reason where it must be left out."""
        try:
            ds = pydicom.dcmread(path)
        except (InvalidDicomError, OSError) as error:
            raise InputError("It is not a DICOM file that can be read.") from error
        if ds.file_meta.get("MediaStorageSOPClassUID") not in IMAGES:
            raise InputError("It is not a CT image; reports and pictures may name the patient.")
        if ds.get("BurnedInAnnotation") == "YES":
            raise InputError("Text is burnt into its pixels, which may name the patient.")
        with _one_at_a_time:
            profile.dictionary = self._uids
            self._clean(ds)
        return self._written(ds)

    def _clean(self, ds: Dataset, *, is_item: bool = False) -> None:
        """Apply the profile to `ds` and to the items of what places its frames."""
        for tag in [each.tag for each in ds if each.VR == "SQ" and not is_item]:
            if ds[tag].keyword not in PLACES:
                del ds[tag]
        profile.anonymize_dataset(ds, base_rules_gen=profile.initialize_actions_2024b)
        for element in ds:
            if element.VR in TIMES:
                element.value = ""
            elif element.VR == "SQ":
                for item in element.value:
                    self._clean(item, is_item=True)

    def _written(self, ds: Dataset) -> bytes:
        ds.PatientName = "ANONYMISED"
        ds.PatientID = self.patient_id
        ds.PatientIdentityRemoved = "YES"
        ds.DeidentificationMethod = METHOD
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = ds.SOPClassUID
        meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
        meta.TransferSyntaxUID = ds.file_meta.TransferSyntaxUID
        meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
        ds.file_meta, ds.preamble = meta, b"\0" * 128
        buffer = io.BytesIO()
        ds.save_as(buffer, enforce_file_format=True)
        return buffer.getvalue()
