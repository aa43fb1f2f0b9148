"""The pictures that a header describes, each with its own place and rescale.

A classic CT instance (PS3.3 C.7.6.2, C.8.2.1) has one. Enhanced CT (PS3.3 C.7.6.16, C.8.15.3)
has many: a frame's own functional group wins over the shared one, and that over the top level.
"""

from __future__ import annotations

import re

from pydicom.dataset import Dataset

from ichdash.dicom.studies import Frame, Vector
from ichdash.dicom.values import integer, items, number, numbers, texts

MOST_FRAMES = 20_000  # a header that claims more is damaged

SCALES = frozenset(("OD", "HU", "US", "MGML", "Z_EFF", "ED", "EDW", "HU_MOD", "PCT"))
"""What RescaleType may say (PS3.3 C.11.1.1.2); a CT's values are HU where it says nothing."""

_HOUNSFIELD = re.compile("|HU|HU_MOD|US|UNSPECIFIED|HOUNSFIELDS?( UNITS?)?", re.IGNORECASE)
"""Those that a head to screen may be in, also as scanners spell them out; US is unspecified."""

Sources = tuple[Dataset, ...]


def frames(ds: Dataset) -> tuple[Frame, ...]:
    """The pictures of one header, in stored order; at least one."""
    shared = items(ds, "SharedFunctionalGroupsSequence")[:1]
    groups = items(ds, "PerFrameFunctionalGroupsSequence")[:MOST_FRAMES]
    count = min(max(integer(ds, "NumberOfFrames") or 1, 1), MOST_FRAMES)
    return tuple(_frame(i, (*groups[i : i + 1], *shared, ds)) for i in range(count))


def is_hounsfield(scale: str) -> bool:
    """Whether values in what RescaleType says may be Hounsfield units."""
    return _HOUNSFIELD.fullmatch(scale.strip()) is not None


def _frame(index: int, sources: Sources) -> Frame:
    measures = _macro(sources, "PixelMeasuresSequence")
    return Frame(
        index=index,
        position=_numbers(_macro(sources, "PlanePositionSequence"), "ImagePositionPatient", 3),
        orientation=_numbers(
            _macro(sources, "PlaneOrientationSequence"), "ImageOrientationPatient", 6
        ),
        pixel_spacing=_numbers(measures, "PixelSpacing", 2),
        slice_thickness=_number(measures, "SliceThickness"),
        rescale=_rescale(_macro(sources, "PixelValueTransformationSequence")),
        scale="\\".join(_texts(_macro(sources, "PixelValueTransformationSequence"), "RescaleType")),
        image_type=_texts(_macro(sources, "CTImageFrameTypeSequence"), "FrameType", "ImageType"),
        kernel="/".join(_texts(_macro(sources, "CTReconstructionSequence"), "ConvolutionKernel")),
        acquisition_number=_integer(
            _macro(sources, "FrameContentSequence"), "FrameAcquisitionNumber", "AcquisitionNumber"
        ),
    )


def _macro(sources: Sources, sequence: str) -> Sources:
    """The first item of `sequence` in each source, then the sources themselves."""
    return (*(item for ds in sources for item in items(ds, sequence)[:1]), *sources)


def _numbers(sources: Sources, keyword: str, count: int) -> Vector | None:
    return next((found for ds in sources if (found := numbers(ds, keyword, count))), None)


def _number(sources: Sources, keyword: str) -> float | None:
    return next((x for ds in sources if (x := number(ds, keyword)) is not None), None)


def _integer(sources: Sources, *keywords: str) -> int | None:
    found = (integer(ds, keyword) for ds in sources for keyword in keywords)
    return next((x for x in found if x is not None), None)


def _texts(sources: Sources, *keywords: str) -> tuple[str, ...]:
    found = (texts(ds, keyword) for ds in sources for keyword in keywords)
    return next((x for x in found if x), ())


def _rescale(sources: Sources) -> Vector | None:
    """(slope, intercept), both from the same place."""
    for ds in sources:
        slope, intercept = number(ds, "RescaleSlope"), number(ds, "RescaleIntercept")
        if slope is not None and intercept is not None:
            return slope, intercept
    return None
