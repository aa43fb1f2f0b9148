"""Stored sentences on the screen: reasons and warnings, which may hold what the sender wrote.

A file may be named after its patient, and so may a description; where identity is hidden, neither
is in the sentence. The sentences are those of `dicom/` (reading, stacking, geometry, nifti,
acceptance) and `completeness`; a new one that names a file needs its words in `_FILE_SAYS`.
"""

from __future__ import annotations

import re

WITHHELD = "The reason quotes a name, which is hidden with the identity."

_SERIES = re.compile(r'(\bSeries \S+) ".*?"(?=: | \(| has |, which |$)', re.DOTALL)
"""As `Series.label` writes it into a sentence."""

_SERIES_SAYS = r"\bSeries \S+(?: \([^:]*?\))?: |\bcannot be placed: "
_FILE_SAYS = (
    r" has no (?:SOP|Series|Study) Instance UID| names another patient"
    r"| has the SOP Instance UID of | has no usable | has a rescale slope | is not in its file"
    r"|: [^:;]*; \d+ of \d+ slices readable|: voxels end early|: values run from |: slices lie "
)
_FILE = re.compile(rf"(^|{_SERIES_SAYS})(?:(?!{_SERIES_SAYS}).)+?(?={_FILE_SAYS})", re.DOTALL)

_IN_OTHER_WORDS = (
    (re.compile(r"(has the SOP Instance UID of ).+?(?=, but is another image)"), r"\1another"),
    (re.compile(r'(The (?:protocol|study description)) ".*?"(?= speaks of )'), r"\1"),
    (re.compile(r"(contrast agent recorded) \(.*?\)(?=\. The model)"), r"\1"),
    (re.compile(r'[^\s"(]+\.(?:dcm|dicom|ima|img|nii|nii\.gz|zip)\b', re.IGNORECASE), "a file"),
    (re.compile(r'"[^"]*"'), "a description"),
)


def told(text: str, is_hidden: bool) -> str:
    """A stored sentence; with `is_hidden`, without the names of files and what the sender typed."""
    if not is_hidden:
        return text
    shown = _SERIES.sub(r"\1", text)
    shown = _FILE.sub(lambda found: f"{found[1]}{'a' if found[1] else 'A'} file", shown)
    for pattern, words in _IN_OTHER_WORDS:
        shown = pattern.sub(words, shown)
    return WITHHELD if '"' in shown else shown
