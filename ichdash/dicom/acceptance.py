"""Why a series is not one to screen, as far as its headers say: CT, kind, contrast, body part.

What an element records, or the series' own description says plainly, excludes it. What only the
protocol or the study hints at raises a doubt: the pixels decide, and the doubt is shown.
"""

from __future__ import annotations

import re

from ichdash.dicom import words
from ichdash.dicom.frames import SCALES, is_hounsfield
from ichdash.dicom.headers import CT_IMAGES, uid_name
from ichdash.dicom.studies import NIFTI, Instance, Series
from ichdash.dicom.words import Contrast

TRAINED_ON = "The model was trained on non-contrast CT."

_NOT_SLICES = {
    "MIP": "a projection (MIP)",
    "MINIP": "a projection (MinIP)",
    "MAX_IP": "a projection (MIP)",
    "PROJECTION IMAGE": "a projection",
    "VRT": "a rendering",
    "SSD": "a rendering",
    "3D": "a rendering",
    "SCREEN SAVE": "a picture of a screen",
    "SUBTRACT": "a subtraction",
    "SUBTRACTION": "a subtraction",
    "PERFUSION": "a perfusion map",
    "CBF": "a perfusion map",
    "CBV": "a perfusion map",
    "MTT": "a perfusion map",
    "TTP": "a perfusion map",
    "TMAX": "a perfusion map",
    "DOSE_INFO": "a dose report",
    "DOSE": "a dose report",
}
_REFORMATTED = {"MPR", "CSA MPR", "REFORMATTED", "MPVR", "OBLIQUE"}
_NOT_SLICES_WORDS = re.compile(
    r"\b(?:MIN?IP|MIP|VRT|CBF|CBV|MTT|TTP|TMAX|SUBTRACTION|SCREEN ?SAVE|PATIENT PROTOCOL"
    r"|DOSE (?:REPORT|INFO|INFORMATION|SUMMARY|RECORD|SHEET|PAGE))\b"
    r"|^(?:(?:RADIATION|PATIENT|EXAM) )?DOSE$"  # "low dose" is a scan
)
_LOCALIZER_WORDS = re.compile(r"\b(?:LOCALIZER|SCOUT|TOPOGRAM|SURVIEW|SCANOGRAM)\b")


def is_ct(series: Series) -> bool:
    """Whether the series holds CT images, classic, enhanced or NIfTI, by what its files say."""
    return series.modality in ("CT", "unknown") and any(map(is_ct_image, series.instances))


def is_ct_image(instance: Instance) -> bool:
    return instance.sop_class_uid in CT_IMAGES or instance.transfer_syntax == NIFTI


def why_not(series: Series) -> str:
    """Why the headers rule `series` out, in a sentence; empty where they do not."""
    return (
        _not_ct(series)
        or _not_slices(series)
        or not_hounsfield(series)
        or _contrast(series)
        or _not_head(series)
    )


def doubts(series: Series) -> tuple[str, ...]:
    """What speaks against `series` without ruling it out, in sentences."""
    found = (_contrast_doubt(series), _head_doubt(series), _reformat_doubt(series))
    return tuple(filter(None, found))


def _not_ct(series: Series) -> str:
    if series.modality not in ("CT", "unknown"):
        return f"modality {series.modality}. Only CT is screened. Not screened."
    if not is_ct(series):
        kind = uid_name(series.instances[0].sop_class_uid)
        return f"stored as {kind}, not as CT images. Not screened."
    return ""


def image_types(series: Series) -> set[str]:
    return {
        word.upper()
        for instance in series.instances
        for frame in instance.frames[:1]
        for word in frame.image_type
    }


def _not_slices(series: Series) -> str:
    types, said = image_types(series), words.plain(series.description)
    if "LOCALIZER" in types or (_LOCALIZER_WORDS.search(said) and series.frame_count <= 4):
        return "a localizer. Not screened."
    if kind := next((_NOT_SLICES[word] for word in sorted(types) if word in _NOT_SLICES), ""):
        return f"{kind}, not slices as scanned. Not screened."
    if found := _NOT_SLICES_WORDS.search(said):
        return f"the description says {found.group()}: not slices as scanned. Not screened."
    return ""


def not_hounsfield(series: Series) -> str:
    """Why the values of `series` cannot be HU, in a sentence; empty where they can."""
    for instance in series.instances:
        if instance.samples_per_pixel != 1:
            return "colour pictures, not Hounsfield units. Not screened."
        if instance.frames and 0 < instance.bits_allocated <= 8:
            return "8 bits a pixel: pictures, not Hounsfield units. Not screened."
        if scales := {f.scale.upper() for f in instance.frames if not is_hounsfield(f.scale)}:
            known = sorted(scales & SCALES) or ["an unknown unit"]
            return f"values in {known[0]}, not in Hounsfield units. Not screened."
    return ""


def _contrast(series: Series) -> str:
    for instance in series.instances:
        if words.is_agent(instance.contrast_agent):
            return (
                f"contrast agent recorded ({instance.contrast_agent}). {TRAINED_ON} Not screened."
            )
    if words.contrast(series.description) is Contrast.WITH:
        return f"its description says contrast. {TRAINED_ON} Not screened."
    return ""


def _contrast_doubt(series: Series) -> str:
    if words.contrast(series.description) is Contrast.WITHOUT:
        return ""
    for name, text in _hints(series).items():
        if words.contrast(text) is Contrast.WITH:
            return f'The {name} "{text}" speaks of contrast.'
    return ""


def _hints(series: Series) -> dict[str, str]:
    """Texts that may speak of more than this series."""
    first = series.instances[0]
    found = {"protocol": first.protocol, "study description": first.study_description}
    return {name: text.replace('"', "'") for name, text in found.items()}


def _not_head(series: Series) -> str:
    first = series.instances[0]
    if words.is_head(series.description):
        return ""
    if part := words.other_part(series.description):
        return f"its description says {part}, not head. Not screened."
    silent = not any(words.is_head(text) for text in (first.body_part, *_hints(series).values()))
    if silent and words.other_part(first.body_part):
        return f"body part {first.body_part}, not head. Not screened."
    return ""


def _head_doubt(series: Series) -> str:
    first = series.instances[0]
    if words.is_head(f"{series.description} {first.body_part}"):
        return ""
    for name, text in _hints(series).items():
        if (part := words.other_part(text)) and not words.is_head(text):
            return f'The {name} "{text}" speaks of {part}.'
    if not any(map(words.is_head, _hints(series).values())):
        return "No header says that this is a head."
    return ""


def _reformat_doubt(series: Series) -> str:
    found = sorted(image_types(series) & _REFORMATTED)
    return f"Reformatted slices ({found[0]})." if found else ""
