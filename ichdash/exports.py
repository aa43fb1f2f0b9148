"""What is taken out of ichdash of a study, as ZIP archives: as it came, or anonymised."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable

from ichdash.dicom.deidentify import Anonymiser
from ichdash.errors import InputError, NotFoundError
from ichdash.records import ReviewRow, ScreeningRow, ScreeningState
from ichdash.store import Store

RESULT, LEFT_OUT = "result.json", "left out.txt"


def as_it_came(store: Store, study_uid: str) -> bytes:
    """The original files of a study; raises NotFoundError where none is kept."""
    kept = store.files.originals(study_uid)
    if not kept:
        raise NotFoundError(f"No file of study {study_uid} is kept. Send the study again.")
    return zipped((path.name, path.read_bytes()) for path in kept)


def anonymised(store: Store, study_uid: str) -> bytes:
    """Anonymised copies of a study's images with the result and what readers said of it, but for
    their names and comments, which may name anybody.

    Raises NotFoundError where no file is kept, InputError where nothing could be anonymised.
    """
    kept = store.files.originals(study_uid)
    if not kept:
        raise NotFoundError(f"No file of study {study_uid} is kept. Send the study again.")
    anonymiser, copies, left_out = Anonymiser(), [], []
    for number, path in enumerate(kept, start=1):
        try:
            copies.append((f"IM{number:04d}.dcm", anonymiser.copy(path)))
        except InputError as error:
            left_out.append(f"File {number} of {len(kept)}: {error} Left out.")
    if not copies:
        raise InputError(f"None of the {len(kept)} files could be anonymised. {left_out[0]}")
    told = [("\n".join(left_out), LEFT_OUT)] if left_out else []
    told.append((_result(store.screenings(study_uid), store.reviews(study_uid)), RESULT))
    return zipped([*copies, *((name, text.encode()) for text, name in told)])


def _result(screenings: Iterable[ScreeningRow], reviews: Iterable[ReviewRow]) -> str:
    """The newest result and its reviews as JSON, without a name, a date or a UID."""
    shown = next((s for s in screenings if s.state is ScreeningState.SCREENED), None)
    content = {
        "notice": "Not for diagnostic use.",
        "model_id": shown.model_id if shown else None,
        "restriction": shown.restriction if shown else "",
        "probability": shown.probability if shown else None,
        "threshold": shown.operating_point.threshold if shown and shown.operating_point else None,
        "findings": shown.findings if shown else {},
        "slice_scores": shown.slice_scores if shown else (),
        "reviews": [
            review.state.value
            for review in reviews
            if shown and review.screening_id == shown.screening_id
        ],
    }
    return json.dumps(content, indent=1, allow_nan=False)


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A ZIP archive of files by name; images are compressed already, or hardly can be."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()
