"""Which studies are of one patient, so that a stranger's images never stand as an earlier study.

Patient ID and date of birth tell it (PS3.3 C.7.1.1). Where no date is recorded, as in trauma or
in anonymised exports, the name must be the same too; what only stands in for an ID is of nobody.
"""

from __future__ import annotations

import re

from ichdash.records import StudyRow
from ichdash.store.connection import Connection
from ichdash.store.rows import study_row

_PLACEHOLDER = re.compile(
    "ANON|ANONYM(?:E|OUS|I[SZ]ED)?|DEIDENTIFIED|UNIDENTIFIED|UNKNOWN|UNBEKANNT|INCONNU|TRAUMA|DUMMY"
    "|MISSING|EMPTY|NONE|NULL|NIL|NA|NO|NOID|NONAME|UNNAMED|NAME|ID|PATIENT|0+|X+"
)


def of_patient(connection: Connection, study: StudyRow) -> tuple[StudyRow, ...]:
    """The other studies of its patient, the newest first; none where it cannot be told."""
    said = study.attributes
    told_by = said.patient_id, said.birth_date or said.patient_name
    if any(map(_is_placeholder, told_by)):
        return ()
    rows = connection.rows(
        """SELECT * FROM studies WHERE patient_id = :patient_id AND birth_date = :birth_date
        AND (birth_date != '' OR patient_name = :patient_name) AND study_uid != :study_uid
        ORDER BY acquired_at DESC, received_at DESC""",
        {
            "patient_id": said.patient_id,
            "birth_date": said.birth_date,
            "patient_name": said.patient_name,
            "study_uid": study.study_uid,
        },
    )
    return tuple(study_row(row) for row in rows)


def _is_placeholder(text: str) -> bool:
    """Whether `text` only fills a field that must not be empty, in every one of its words."""
    words = re.findall(r"[^\W_]+", re.sub(r"[-/.]", "", text.upper()))
    return all(map(_PLACEHOLDER.fullmatch, words))
