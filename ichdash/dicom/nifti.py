"""NIfTI volumes in HU, as research users have them, in the same orientation as DICOM ones.

NIfTI-1.1 (nifti.nimh.nih.gov) gives the place in RAS millimetres; here it becomes LPS.
"""

from __future__ import annotations

from ichdash.dicom.archive import File
from ichdash.dicom.studies import Series, Study
from ichdash.domain import Volume
from ichdash.errors import InputError


def is_nifti(start: bytes) -> bool:
    return start[344:348] in (b"n+1\0", b"ni1\0") or start[:2] == b"\x1f\x8b"


def study(file: File) -> Study:
    raise InputError(f"{file.name} is NIfTI.")


def load(series: Series) -> Volume:
    raise InputError(f"{series.label} is NIfTI.")
