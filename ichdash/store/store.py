"""The one door to the database and the files beside it: open it per rerun or job, then close it.

A store is used by the thread that opened it. Times are passed in, aware of their zone; nothing
here reads the clock.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from ichdash.domain import NotScreened, Refusal, Screened, StudyAttributes
from ichdash.records import ReviewRow, ReviewState, ScreeningRow, StudyRow
from ichdash.store import claims, disk, instances, patients, reviews, screenings, studies, worklist
from ichdash.store.connection import Connection
from ichdash.store.files import Files
from ichdash.store.instances import StoredInstance
from ichdash.store.intakes import Intakes
from ichdash.store.live import Live
from ichdash.store.measurements import Measurements
from ichdash.store.owners import Process
from ichdash.store.quizzes import Quizzes
from ichdash.store.rows import Claim, Worker
from ichdash.store.second_reads import SecondReads
from ichdash.store.session_cases import SessionCases
from ichdash.store.sessions import Sessions
from ichdash.store.teaching import Teaching
from ichdash.store.worklist import Counts, Place, WorklistPage, WorklistQuery

DATABASE = "ichdash.db"


class Store:
    """Every method raises StoreError where the database or the disk fails."""

    def __init__(self, connection: Connection, files: Files) -> None:
        self._connection = connection
        self.files = files
        self.intakes = Intakes(connection)
        self.measurements = Measurements(connection)
        self.sessions = Sessions(connection)
        self.session_cases = SessionCases(connection, self.sessions)
        self.live = Live(connection)
        self.teaching = Teaching(connection, files)
        self.quizzes = Quizzes(connection)
        self.second_reads = SecondReads(connection)

    @classmethod
    def open(cls, data_dir: Path) -> Self:
        """Open the store below `data_dir`, made and brought up to date where needed.

        Raises StoreError where the folder cannot be used, or the database is damaged or newer.
        """
        disk.make_data_folder(data_dir)
        return cls(Connection(data_dir / DATABASE), Files(data_dir))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """All writes within are one transaction: much faster for many, kept all or not at all."""
        with self._connection.writing():
            yield

    # Studies on their way in

    def receive(
        self,
        study_uid: str,
        attributes: StudyAttributes,
        source: str,
        now: datetime,
        *,
        is_stat: bool = False,
    ) -> None:
        """A study begins to arrive, or more of it: a known one keeps its state and its facts."""
        studies.receive(self._connection, study_uid, attributes, source, now, is_stat=is_stat)

    def add_instances(self, study_uid: str, added: Iterable[StoredInstance], now: datetime) -> int:
        """Tell of files that are in place; the number of new ones, and of those that took the
        place of another or were lost. With any, the study is `received` and unread again. Raises
        NotFoundError."""
        return instances.add(self._connection, study_uid, added, now)

    def instances(self, study_uid: str) -> tuple[StoredInstance, ...]:
        """What is kept of a study, by path."""
        return instances.of_study(self._connection, study_uid)

    def note_lost(self, study_uid: str, sop_instance_uids: Iterable[str]) -> None:
        """The files of these instances cannot be read any more: sent again, they are new."""
        instances.note_lost(self._connection, study_uid, sop_instance_uids)

    def unplaced(self, study_uid: str) -> tuple[Refusal, ...]:
        """The files that belong to a study, but could not be placed in it."""
        return instances.unplaced(self._connection, study_uid)

    def set_unplaced(self, study_uid: str, refused: Iterable[Refusal], now: datetime) -> None:
        """Tell which those are from now on. Where they change, the study is `received` and unread
        again. Raises NotFoundError."""
        instances.set_unplaced(self._connection, study_uid, refused, now)

    def queue(self, study_uid: str, now: datetime) -> None:
        """All of a `received` study is in: screen it. Others stay as they are."""
        studies.queue(self._connection, study_uid, now)

    def queue_quiet(self, now: datetime) -> int:
        """Queue studies whose sender went silent a minute ago; the number of them."""
        return studies.queue_quiet(self._connection, now)

    def screen_again(self, study_uid: str, now: datetime) -> bool:
        """Queue a study that has an outcome; its history stays. False where it is on its way to
        one already. Raises NotFoundError."""
        return studies.screen_again(self._connection, study_uid, now)

    def screened_by(self, model_id: str) -> tuple[str, ...]:
        """The studies whose result is by a model, in the order in which they came."""
        return studies.screened_by(self._connection, model_id)

    def models(self) -> tuple[str, ...]:
        """The ids of the models that the studies' results are by."""
        return studies.models(self._connection)

    def add_rows(self, rows: Iterable[StudyRow]) -> None:
        """Add studies as they stand, without files: to move a worklist or measure a large one."""
        studies.add_rows(self._connection, rows)

    # Screening

    def claim(self, owner: str, now: datetime) -> Claim | None:
        """Take the next queued study, STAT first, then the longest waiting; None where none is.

        Claims of dead workers are taken back first. `owner` should have beaten before.
        """
        for lost in claims.take_back(self._connection, now):
            self.files.drop_result(lost.study_uid, lost.screening_id)
        return claims.claim(self._connection, owner, now)

    def beat(
        self,
        owner: str,
        now: datetime,
        *,
        study_uid: str | None = None,
        problem: str = "",
        pid: int | None = None,
    ) -> None:
        """A worker's heartbeat: what it does, and why it does nothing. `pid` is its process."""
        process = Process.of(os.getpid() if pid is None else pid)
        claims.beat(
            self._connection,
            owner,
            process,
            now,
            study_uid=study_uid,
            problem=problem,
        )

    def sign_off(self, owner: str) -> None:
        """A worker ends by itself."""
        claims.sign_off(self._connection, owner)

    def workers(self, now: datetime) -> tuple[Worker, ...]:
        """Workers heard of within a day, latest heartbeat first."""
        return claims.workers(self._connection, now)

    def record(self, outcome: Screened | NotScreened, claim: Claim, now: datetime) -> ScreeningRow:
        """Write an outcome and end its claim; raises ClaimLostError where it is no longer held."""
        with self._connection.writing():
            claims.hold(self._connection, claim)
            return screenings.record(self._connection, outcome, claim, now)

    def release(self, claim: Claim) -> None:
        """Give a claimed study back to the queue; raises ClaimLostError."""
        claims.release(self._connection, claim)

    # What the pages show

    def worklist(self, query: WorklistQuery) -> WorklistPage:
        """One page of the studies that match `query`, in its order."""
        return worklist.page(self._connection, query)

    def counts(self, now: datetime) -> Counts:
        """The line of counts above the worklist, over all studies."""
        return worklist.counts(self._connection, now)

    def place(self, study_uid: str, query: WorklistQuery) -> Place:
        """Where a study stands in the list of `query` (its page does not matter)."""
        return worklist.place(self._connection, study_uid, query)

    def queue_position(self, study_uid: str) -> int | None:
        """1 for the next to be screened; None where the study is not queued."""
        return studies.queue_position(self._connection, study_uid)

    def study(self, study_uid: str) -> StudyRow:
        """Raises NotFoundError."""
        return studies.study(self._connection, study_uid)

    def of_patient(self, study: StudyRow) -> tuple[StudyRow, ...]:
        """The patient's other studies, the newest first; none where that cannot be told."""
        return patients.of_patient(self._connection, study)

    def screenings(self, study_uid: str) -> tuple[ScreeningRow, ...]:
        """Newest first."""
        return screenings.of_study(self._connection, study_uid)

    def add_review(
        self,
        study_uid: str,
        reader: str,
        state: ReviewState,
        comment: str,
        now: datetime,
        *,
        screening_id: int | None = None,
        seen: int | None = None,
        findings: Mapping[str, ReviewState] | None = None,
    ) -> ReviewRow:
        """Keep what a reader said of a study (and of which screening); raises NotFoundError.

        `seen` is the newest screening on their page, where another one than that was reviewed.
        """
        said = dict(findings or {})
        review = ReviewRow(study_uid, reader, state, comment, now, screening_id, said)
        reviews.add(self._connection, review, seen or screening_id)
        return review

    def reviews(self, study_uid: str) -> tuple[ReviewRow, ...]:
        """Newest first."""
        return reviews.of_study(self._connection, study_uid)
