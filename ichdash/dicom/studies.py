"""What was read of a study before any pixel is touched: studies, series, instances, frames.

The hierarchy is DICOM's (PS3.3 A.1.2). A frame is one picture with its own place and rescale:
a classic CT instance has one, an Enhanced CT instance (PS3.3 A.38) many, a report none.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ichdash.domain import Refusal, StudyAttributes

Vector = tuple[float, ...]

NIFTI = "NIfTI"
"""Stands as the transfer syntax of an instance whose file is NIfTI, not DICOM."""

NO_SERIES = "unknown"
"""Stands as the UID of the series of files whose damaged header names none."""

BROKEN = "its header is damaged or ends early"
"""Why an identifier is missing, within a sentence."""


@dataclass(frozen=True)
class Frame:
    """One picture: where it lies in the patient (LPS, millimetres) and how it becomes HU."""

    index: int  # within the instance's pixel data, 0-based
    position: Vector | None  # (x, y, z) of the first pixel's centre
    orientation: Vector | None  # six cosines: along a row, then along a column
    pixel_spacing: Vector | None  # (between rows, between columns)
    slice_thickness: float | None
    rescale: Vector | None  # (slope, intercept)
    scale: str = ""  # what rescaled values are in, as RescaleType says
    image_type: tuple[str, ...] = ()
    kernel: str = ""
    acquisition_number: int | None = None


@dataclass(frozen=True)
class Instance:
    """One file: header parsed, pixels still in the file."""

    sop_instance_uid: str
    path: Path
    name: str  # as the sender knows the file
    patient_id: str = ""  # empty where the header is silent
    sop_class_uid: str = ""
    transfer_syntax: str = ""
    number: int | None = None
    rows: int = 0
    columns: int = 0
    bits_allocated: int = 0
    samples_per_pixel: int = 1
    contrast_agent: str = ""
    body_part: str = ""
    protocol: str = ""
    study_description: str = ""
    frames: tuple[Frame, ...] = ()

    @property
    def short_name(self) -> str:
        """The name without its folders, for sentences about one slice."""
        return self.name.replace("\\", "/").rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Series:
    """Instances of one series, or of the part of it that belongs together."""

    series_uid: str
    study_uid: str
    number: int | None
    description: str
    modality: str
    instances: tuple[Instance, ...]
    part: str = ""  # which part of a series that holds several scans, else empty
    left_out: tuple[str, ...] = ()  # what the series holds besides this part, in sentences

    @property
    def label(self) -> str:
        """How a sentence names the series: by its number and description, else by its UID."""
        known = self.series_uid if self.number is None else self.number
        name = f"Series {known}"
        quoted = self.description.replace('"', "'")  # a description ends where its quotes end
        name = f'{name} "{quoted}"' if quoted else name
        return f"{name} ({self.part})" if self.part else name

    @property
    def frame_count(self) -> int:
        return sum(len(instance.frames) for instance in self.instances)


@dataclass(frozen=True)
class Study:
    """All series of one study, and files of it whose header is too broken to place them."""

    study_uid: str
    attributes: StudyAttributes
    series: tuple[Series, ...]
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What a set of paths held: studies, and everything that belongs to none, with the reason."""

    studies: tuple[Study, ...]
    refused: tuple[Refusal, ...] = ()
