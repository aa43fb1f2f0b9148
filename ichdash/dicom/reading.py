"""Files, folders, ZIP archives and NIfTI become studies; what is neither is refused by name.

Nothing is judged by its file name: exported folders have no extensions, and a report may be
called IM0001. `read` never raises for a bad file, since one must not cost the study beside it.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.uid import MediaStorageDirectoryStorage

from ichdash.dicom import headers, nifti
from ichdash.dicom.archive import File, is_zip, unpack
from ichdash.dicom.damage import is_other_image
from ichdash.dicom.studies import BROKEN, NO_SERIES, Frame, Instance, Reading, Series, Study
from ichdash.dicom.values import PARSE_ERRORS, integer, text
from ichdash.domain import Refusal, StudyAttributes
from ichdash.errors import InputError

__all__ = ["Frame", "Instance", "Reading", "Series", "Study", "read"]

SNIFF_BYTES = 4096  # DICOM has its mark at 128 (PS3.10 7.1), NIfTI at 344, perhaps packed
CLUTTER = {"thumbs.db", "desktop.ini", "__macosx", "lost+found"}  # made by operating systems
NESTED = "is a ZIP archive inside another. It was not stored. Unpack it and send it by itself."
AGAIN = "Nothing was stored. Send it again."
BARE_STARTS = (b"\x08\x00", b"\x02\x00", b"\x00\x08")  # a first tag's group, without a preamble


def read(paths: Iterable[Path], scratch: Path) -> Reading:
    """Read every header under `paths` (files, folders, ZIP archives, NIfTI).

    ZIP archives are unpacked under `scratch`, which must outlive what is read from it. Raises
    nothing for a bad file: it is in `refused`, of its study where its header says which.
    """
    gathering = _Gathering()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of what is judged here anyway
        for path in paths:
            gathering.take_path(Path(path), scratch)
    return gathering.reading()


@dataclass
class _SeriesParts:
    number: int | None
    description: str
    modality: str
    instances: dict[str, Instance] = field(default_factory=dict)  # by SOP instance UID


@dataclass
class _StudyParts:
    first: Dataset  # speaks for the study where no file of it can be placed
    attributes: StudyAttributes = StudyAttributes()
    series: dict[str, _SeriesParts] = field(default_factory=dict)  # by series UID
    refused: list[Refusal] = field(default_factory=list)


@dataclass
class _Gathering:
    """Everything seen so far, by study and series."""

    studies: dict[str, _StudyParts] = field(default_factory=dict)
    volumes: dict[str, Study] = field(default_factory=dict)  # NIfTI files, by study UID
    refused: list[Refusal] = field(default_factory=list)

    def take_path(self, path: Path, scratch: Path) -> None:
        if not path.exists():
            self._refuse(File(path, path.name), "does not exist. Nothing was stored.")
            return
        files = list(_walk(path))
        if not files:
            why = "holds no files. Nothing was stored. Choose the folder exported from the PACS."
            self._refuse(File(path, path.name), why)
        for file in files:
            self._take(file, scratch)

    def reading(self) -> Reading:
        dicom = (_study(uid, parts) for uid, parts in self.studies.items())
        return Reading((*dicom, *self.volumes.values()), tuple(self.refused))

    def _take(self, file: File, scratch: Path | None) -> None:
        """Take one file in; `scratch` is None inside an archive, where no other may be."""
        try:
            start = _start(file.path)
        except OSError as error:
            why = f"cannot be opened ({error.strerror}). Nothing was stored."
            self._refuse(file, why)
            return
        if not start:
            self._refuse(file, f"is empty (0 bytes). {AGAIN}")
        elif is_zip(start):
            self._take_archive(file, scratch)
        elif start[128:132] == b"DICM" or start[:2] in BARE_STARTS:
            self._take_dicom(file, is_bare=start[128:132] != b"DICM")
        elif nifti.is_nifti(start):
            self._take_nifti(file)
        else:
            self._refuse_foreign(file)

    def _take_archive(self, file: File, scratch: Path | None) -> None:
        if scratch is None:
            self._refuse(file, NESTED)
            return
        try:
            members = unpack(file, scratch)
        except InputError as error:
            self.refused.append(Refusal(file.name, str(error)))
            return
        for member in members:
            if not _is_clutter(Path(member.name.removeprefix(file.name))):
                self._take(member, scratch=None)

    def _take_nifti(self, file: File) -> None:
        try:
            study = nifti.study(file)
        except InputError as error:
            self.refused.append(Refusal(file.name, str(error)))
            return
        self.volumes.setdefault(study.study_uid, study)

    def _take_dicom(self, file: File, *, is_bare: bool) -> None:
        try:
            ds = headers.read_header(file.path, force=is_bare)
        except PARSE_ERRORS:
            self._refuse(file, f"is damaged: its header cannot be read. {AGAIN}")
            return
        except InputError as error:
            self._refuse(file, f"{error}. Nothing was stored. Send it uncompressed.")
            return
        if headers.sop_class(ds) == MediaStorageDirectoryStorage:
            return  # DICOMDIR and its kin list what lies beside them
        if study_uid := text(ds, "StudyInstanceUID"):
            self._place(study_uid, ds, file)
        elif is_bare:
            self._refuse_foreign(file)
        else:
            self._refuse(file, f"has no Study Instance UID: {BROKEN}. {AGAIN}")

    def _place(self, study_uid: str, ds: Dataset, file: File) -> None:
        """Put a file into its series; one that names none is kept in a series of its kind."""
        study = self.studies.setdefault(study_uid, _StudyParts(ds))
        series_uid = text(ds, "SeriesInstanceUID")
        found = headers.instance(ds, file.path, file.name)
        if not found.sop_instance_uid:
            why = f"{found.short_name} has no SOP Instance UID: {BROKEN}."
            study.refused.append(Refusal(file.name, why, series_uid))
            return
        patient_id = study.attributes.patient_id
        if found.patient_id and patient_id and found.patient_id != patient_id:
            why = f"{found.short_name} names another patient than the files of the study before it."
            study.refused.append(Refusal(file.name, why, series_uid))
            return
        if other := _other_image(study, series_uid or NO_SERIES, found):
            why = (
                f"{found.short_name} has the SOP Instance UID of {other.short_name}, but is "
                "another image."
            )
            study.refused.append(Refusal(file.name, why, series_uid))
            return
        study.attributes = study.attributes.filled(headers.attributes(ds))
        parts = study.series.setdefault(series_uid or NO_SERIES, _series_parts(ds))
        if found.sop_class_uid in headers.CT_IMAGES:  # a picture beside them says another one
            parts.modality = text(ds, "Modality") or parts.modality
        known = parts.instances.get(found.sop_instance_uid)
        if known is None or _size(known.path) < _size(found.path):  # the fuller copy wins
            parts.instances[found.sop_instance_uid] = found

    def _refuse(self, file: File, why: str) -> None:
        self.refused.append(Refusal(file.name, f"{file.name} {why}"))

    def _refuse_foreign(self, file: File) -> None:
        self._refuse(
            file,
            "is not a DICOM file (no DICM header). Nothing was stored. "
            "Choose the folder exported from the PACS.",
        )


def _walk(path: Path) -> Iterator[File]:
    """The files of `path` in order of their names, what operating systems leave apart."""
    if path.is_file():
        yield File(path, path.name)
    for folder, subfolders, names in os.walk(path):
        subfolders[:] = sorted(name for name in subfolders if not _is_clutter(Path(name)))
        for name in sorted(names):
            file = Path(folder, name)
            if file.is_file() and not _is_clutter(Path(name)):
                yield File(file, str(file.relative_to(path)))


def _is_clutter(name: Path) -> bool:
    return any(part.startswith(".") or part.lower() in CLUTTER for part in name.parts)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(SNIFF_BYTES)


def _size(path: Path) -> int:
    return path.stat().st_size


def _other_image(study: _StudyParts, series_uid: str, found: Instance) -> Instance | None:
    """The image of the study, of whatever series, that has the UID of `found` but is another."""
    for uid, parts in study.series.items():
        known = parts.instances.get(found.sop_instance_uid)
        if known and is_other_image(series_uid, found, uid, known):
            return known
    return None


def _series_parts(ds: Dataset) -> _SeriesParts:
    number, description = integer(ds, "SeriesNumber"), text(ds, "SeriesDescription")
    return _SeriesParts(number, description, text(ds, "Modality") or "unknown")


def _study(uid: str, parts: _StudyParts) -> Study:
    series = (
        Series(series_uid, uid, s.number, s.description, s.modality, tuple(s.instances.values()))
        for series_uid, s in parts.series.items()
    )
    ordered = sorted(series, key=lambda s: (s.number is None, s.number or 0, s.series_uid))
    attributes = parts.attributes if parts.series else headers.attributes(parts.first)
    return Study(uid, attributes, tuple(ordered), tuple(parts.refused))
