"""Teaching files: copies that know nothing of the study that they came from.

Pictures lie in `teaching/<file_id>/`, under a random id. What its maker says of a file is kept in
versions; a change adds one, so that what learners answered to stays readable.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from ichdash.errors import NotFoundError, StoreError
from ichdash.lessons import AiResult, Lesson, Spot, TeachingFile
from ichdash.store.arrays import packed, unpacked
from ichdash.store.connection import Connection, Row
from ichdash.store.files import Files, Heatmap
from ichdash.store.rows import to_text, to_time

Truth = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Pictures:
    """What a viewer shows of a teaching file; nothing in it names a study."""

    display: bytes
    meta: Mapping[str, Any]
    heatmap: Heatmap | None = None  # (slices, h, w) in [0, 1]
    truth: Truth | None = None  # (slices, h, w): where blood is, where that is known


class Teaching:
    """The teaching files of all makers. Every method raises StoreError."""

    def __init__(self, connection: Connection, files: Files) -> None:
        self._connection = connection
        self._files = files

    def add(
        self,
        lesson: Lesson,
        pictures: Pictures,
        ai: AiResult | None,
        author: str,
        now: datetime,
        *,
        is_synthetic: bool = False,
    ) -> str:
        """Keep a new teaching file, its pictures first; its id, which is random."""
        file_id = secrets.token_hex(12)
        self._files.put_teaching(file_id, _packed(pictures))
        row = {
            "file_id": file_id,
            "is_synthetic": int(is_synthetic),
            "probability": ai.probability if ai else None,
            "ai": json.dumps(asdict(ai), allow_nan=False) if ai else None,
            "made_at": to_text(now),
        }
        with self._connection.writing():
            self._connection.insert("teaching_files", [row])
            self._write(file_id, 1, lesson, author, now)
        return file_id

    def all(self, *, retired: bool = False) -> tuple[TeachingFile, ...]:
        """Those that are offered, or those that are retired; newest first."""
        rows = self._connection.rows(
            f"{_SELECT} WHERE (retired_at IS NOT NULL) = :retired {_ORDER}",
            {"retired": int(retired), "version": None},
        )
        return tuple(_file(row) for row in rows)

    def file(self, file_id: str, version: int | None = None) -> TeachingFile:
        """One of them, also a retired one, as it is or was in `version`; raises NotFoundError."""
        row = self._connection.row(
            f"{_SELECT} WHERE teaching_files.file_id = :file_id",
            {"file_id": file_id, "version": version},
        )
        if row is None:
            raise NotFoundError(
                f"There is no teaching file {file_id[:40]!r}. Nothing was changed. "
                "Choose one of the list."
            )
        return _file(row)

    def pictures(self, file_id: str) -> Pictures:
        """What the viewer shows of it; raises NotFoundError where its files are gone."""
        display, meta, heatmap, truth = (self._files.teaching(file_id, name) for name in _NAMES)
        if display is None or meta is None:
            raise NotFoundError(
                f"The images of teaching file {file_id[:40]!r} are missing from the data folder. "
                "What was said of it is kept. Restore the folder from a backup, or retire the file."
            )
        found: Mapping[str, Any] = json.loads(meta)
        return Pictures(display, found, _array(heatmap), _array(truth))

    def revise(
        self, file_id: str, lesson: Lesson, seen_version: int, author: str, now: datetime
    ) -> None:
        """Add a version. Raises NotFoundError, and StoreError where another was added since."""
        with self._connection.writing():
            newest = self.file(file_id)
            if newest.version != seen_version:
                raise StoreError(
                    f"{newest.lesson.title}: {newest.author} changed it meanwhile (version "
                    f"{newest.version}, yours was of version {seen_version}). Nothing was "
                    "changed. Load the page again and make your change to the new version."
                )
            self._write(file_id, seen_version + 1, lesson, author, now)

    def retire(self, file_id: str, author: str, now: datetime) -> None:
        """Offer it no longer; answers and versions stay. One that is retired stays as it is."""
        self._connection.change(
            """UPDATE teaching_files SET retired_at = :now, retired_by = :author
            WHERE file_id = :file_id AND retired_at IS NULL""",
            {"file_id": file_id, "author": author, "now": to_text(now)},
        )

    def bring_back(self, file_id: str) -> None:
        """Offer a retired one again, also in the quizzes that it was left out of."""
        self._connection.change(
            """UPDATE teaching_files SET retired_at = NULL, retired_by = NULL
            WHERE file_id = :file_id""",
            {"file_id": file_id},
        )

    def _write(
        self, file_id: str, version: int, lesson: Lesson, author: str, now: datetime
    ) -> None:
        row = {
            "file_id": file_id,
            "version": version,
            "title": lesson.title.strip(),
            "findings": json.dumps(lesson.findings),
            "spots": json.dumps([asdict(spot) for spot in lesson.spots]),
            "tags": json.dumps(lesson.tags),
            "difficulty": lesson.difficulty,
            "explanation": lesson.explanation,
            "author": author,
            "written_at": to_text(now),
        }
        self._connection.insert("teaching_versions", [row])


_NAMES = ("display.bin", "display.json", "heatmap.npz", "truth.npz")
_SELECT = """
    SELECT teaching_files.*, version, title, findings, spots, tags, difficulty, explanation, author
    FROM teaching_files JOIN teaching_versions ON teaching_versions.file_id = teaching_files.file_id
        AND version = coalesce(:version, (SELECT max(version) FROM teaching_versions AS any
                                          WHERE any.file_id = teaching_files.file_id))
"""
_ORDER = "ORDER BY made_at DESC, teaching_files.rowid DESC"


def _file(row: Row) -> TeachingFile:
    return TeachingFile(
        file_id=row["file_id"],
        version=row["version"],
        lesson=Lesson(
            title=row["title"],
            findings=tuple(json.loads(row["findings"])),
            spots=tuple(Spot(**spot) for spot in json.loads(row["spots"])),
            tags=tuple(json.loads(row["tags"])),
            difficulty=row["difficulty"],
            explanation=row["explanation"],
        ),
        is_synthetic=bool(row["is_synthetic"]),
        ai=_ai(row["ai"]),
        author=row["author"],
        made_at=to_time(row["made_at"]),
        retired_at=to_time(row["retired_at"]) if row["retired_at"] else None,
    )


def _ai(text: str | None) -> AiResult | None:
    if text is None:
        return None
    found = json.loads(text)
    return AiResult(**found | {"slice_scores": tuple(found["slice_scores"])})


def _packed(pictures: Pictures) -> dict[str, bytes]:
    contents = {
        "display.bin": pictures.display,
        "display.json": json.dumps(dict(pictures.meta), allow_nan=False).encode(),
    }
    arrays = {"heatmap.npz": pictures.heatmap, "truth.npz": pictures.truth}
    for name, array in arrays.items():
        if array is not None:
            contents[name] = packed(array=array)
    return contents


def _array(content: bytes | None) -> npt.NDArray[Any] | None:
    return None if content is None else unpacked(content, "array")
