"""The only room that writes the database. `Store` is its door."""

from ichdash.store import disk
from ichdash.store.disk import locked
from ichdash.store.files import Files, StoredFile, SubtypeMaps
from ichdash.store.heart import Heart
from ichdash.store.instances import StoredInstance
from ichdash.store.owners import Process
from ichdash.store.rows import Claim, IntakeRow, Worker
from ichdash.store.session_rows import (
    Added,
    Decision,
    Pose,
    Presented,
    SessionCase,
    SessionEvent,
    SessionRow,
    Verdict,
    View,
)
from ichdash.store.store import Store
from ichdash.store.worklist import Counts, Place, Sort, WorklistPage, WorklistQuery

__all__ = [
    "Added",
    "Claim",
    "Counts",
    "Decision",
    "Files",
    "Heart",
    "IntakeRow",
    "Place",
    "Pose",
    "Presented",
    "Process",
    "SessionCase",
    "SessionEvent",
    "SessionRow",
    "Sort",
    "Store",
    "StoredFile",
    "StoredInstance",
    "SubtypeMaps",
    "Verdict",
    "View",
    "Worker",
    "WorklistPage",
    "WorklistQuery",
    "disk",
    "locked",
]
