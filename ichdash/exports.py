"""What is taken out of ichdash of a study, as ZIP archives: as it came, or anonymised."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ichdash.dicom import deidentify
from ichdash.errors import InputError, NotFoundError, StoreError
from ichdash.records import ScreeningRow, newest_result
from ichdash.store import Store

RESULT = "result.json"


def as_it_came(store: Store, study_uid: str) -> bytes:
    """The original files of a study; raises NotFoundError where none is kept, StoreError where one
    cannot be read."""
    return zipped((path.name, _read(path)) for path in _kept(store, study_uid))


def anonymised(store: Store, study_uid: str, reader: str) -> bytes:
    """Anonymised copies of a study's images with the newest result and what readers said of it, as
    far as `reader` may see it; without their names and comments, which may name anybody.

    Raises NotFoundError where no file is kept, InputError where none could be anonymised.
    """
    shown = newest_result(store.screenings(study_uid))
    stems = store.files.slice_stems(study_uid, shown.screening_id) if shown else ()
    order = {stem: index for index, stem in enumerate(stems)}  # feet to head; the others after it
    kept = sorted(_kept(store, study_uid), key=lambda path: order.get(path.stem, len(order)))
    copies = [*deidentify.deidentified(kept)]
    first = copies[0]
    if all(each.reason for each in copies):
        raise InputError(
            f"None of the {len(kept)} files could be anonymised ({first.path.name}: "
            f"{first.reason}). Nothing was exported. Send the CT images of the study again."
        )
    left_out = [
        f"{count} of {len(kept)} files left out: {reason}."
        for reason, count in Counter(each.reason for each in copies if each.reason).items()
    ]
    images = {
        each.path.stem: (f"IM{number:04}.dcm", each.content)
        for number, each in enumerate((each for each in copies if each.content), 1)
    }
    told = _result(store, study_uid, shown, reader)
    told["slice_files"] = [images[stem][0] if stem in images else None for stem in stems]
    told["left_out"] = left_out
    result = json.dumps(told, indent=1, allow_nan=False).encode()
    return zipped([*images.values(), (RESULT, result)])


def _kept(store: Store, study_uid: str) -> tuple[Path, ...]:
    kept = store.files.originals(study_uid)
    if not kept:
        raise NotFoundError(f"No file of study {study_uid} is kept. Send the study again.")
    return kept


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StoreError(
            f"{path.name} could not be read: {error.strerror or error}. Nothing was exported. "
            "Check the disk of the data folder, or send the study again."
        ) from error


def _result(
    store: Store, study_uid: str, shown: ScreeningRow | None, reader: str
) -> dict[str, object]:
    """A result and its reviews, ready for JSON, without a name, a date or a UID."""
    screening_id = shown.screening_id if shown else None
    reviews, reading = store.reviews(study_uid), store.second_reads.of(screening_id)
    final = reading.settlement if reading else None
    return {
        "notice": "Not for diagnostic use.",
        "model_id": shown.model_id if shown else None,
        "restriction": shown.restriction if shown else "",
        "probability": shown.probability if shown else None,
        "threshold": shown.operating_point.threshold if shown and shown.operating_point else None,
        "findings": shown.findings if shown else {},
        "slice_scores": shown.slice_scores if shown else (),
        "reviews": [
            {"said": each.state, "findings": each.findings, "revised": each.is_revised}
            for each in (reading.visible(reviews, reader) if reading else reviews)
            if shown and each.screening_id == screening_id
        ],
        "settled": final.answer if final else None,
    }


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A ZIP archive of files by name; images are compressed already, or hardly can be."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()
