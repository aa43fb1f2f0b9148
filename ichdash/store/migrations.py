"""The schema, as a list of steps that are applied once and never edited.

Tables are STRICT, and a probability outside [0, 1] or a screened study without one cannot be
stored: SQLite turns NaN into NULL without a word, and a NULL would sink to the worklist's bottom.
The order of the worklist stands in two generated columns, so that no write can forget them.
"""

from sqlite_utils import Database, Migrations

from ichdash.store.instance_schema import COMPLETENESS, UNPLACED_SERIES
from ichdash.store.review_schema import REVIEWS
from ichdash.store.session_schema import MEASURED_IN, POSE, SESSIONS
from ichdash.store.teaching_schema import TEACHING

migrations = Migrations("ichdash")

_STUDIES = """
CREATE TABLE studies (
    study_uid TEXT PRIMARY KEY,
    patient_id TEXT NOT NULL, patient_name TEXT NOT NULL, birth_date TEXT NOT NULL,
    sex TEXT NOT NULL, accession_number TEXT NOT NULL, description TEXT NOT NULL,
    acquired_at TEXT,
    search TEXT NOT NULL,
    source TEXT NOT NULL,
    received_at TEXT NOT NULL,
    touched_at TEXT NOT NULL,
    queued_at TEXT,
    is_stat INTEGER NOT NULL DEFAULT 0 CHECK (is_stat IN (0, 1)),
    series INTEGER NOT NULL DEFAULT 0,
    instances INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL
        CHECK (state IN ('received', 'queued', 'screening', 'screened', 'not screened')),
    next_state TEXT NOT NULL DEFAULT '' CHECK (next_state IN ('', 'received', 'queued')),
    claim_id INTEGER REFERENCES claims (screening_id),
    deaths INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    slices INTEGER,
    screened_at TEXT,
    probability REAL CHECK (probability BETWEEN 0 AND 1),
    flagged INTEGER CHECK (flagged IN (0, 1)),
    model_id TEXT,
    review TEXT NOT NULL DEFAULT 'unread'
        CHECK (review IN ('unread', 'in review', 'agreed', 'disagreed')),
    reader TEXT,
    triage INTEGER NOT NULL GENERATED ALWAYS AS (
        CASE WHEN flagged = 1 THEN 0
             WHEN state = 'not screened' THEN 1
             WHEN state <> 'screened' THEN 2
             ELSE 3 END) STORED,
    urgency REAL NOT NULL GENERATED ALWAYS AS (
        CASE WHEN flagged = 1 OR state = 'screened' THEN probability ELSE 0.0 END) STORED,
    CHECK (state <> 'screened' OR (probability IS NOT NULL AND flagged IS NOT NULL))
) STRICT;
CREATE INDEX studies_triage
    ON studies (triage, urgency DESC, is_stat DESC, received_at, study_uid, review);
CREATE INDEX studies_counts ON studies (review, state, flagged, received_at);
CREATE INDEX studies_received ON studies (received_at);
CREATE INDEX studies_queue ON studies (state, is_stat DESC, queued_at, study_uid);
"""

_INSTANCES = """
CREATE TABLE instances (
    study_uid TEXT NOT NULL REFERENCES studies,
    sop_instance_uid TEXT NOT NULL,
    series_uid TEXT NOT NULL,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    received_at TEXT NOT NULL,
    PRIMARY KEY (study_uid, sop_instance_uid)
) STRICT;
"""

_SCREENINGS = """
CREATE TABLE workers (
    owner TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    process TEXT NOT NULL,
    started_at TEXT NOT NULL,
    beat_at TEXT NOT NULL,
    study_uid TEXT,
    problem TEXT NOT NULL
) STRICT;
CREATE TABLE claims (
    screening_id INTEGER PRIMARY KEY AUTOINCREMENT,
    study_uid TEXT NOT NULL REFERENCES studies,
    owner TEXT NOT NULL,
    claimed_at TEXT NOT NULL,
    ended TEXT NOT NULL DEFAULT '' CHECK (ended IN ('', 'recorded', 'released', 'died'))
) STRICT;
CREATE UNIQUE INDEX claims_open ON claims (study_uid) WHERE ended = '';
CREATE TABLE screenings (
    screening_id INTEGER PRIMARY KEY REFERENCES claims,
    study_uid TEXT NOT NULL REFERENCES studies,
    state TEXT NOT NULL CHECK (state IN ('screened', 'not screened')),
    reason TEXT NOT NULL,
    started_at TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    seconds REAL NOT NULL,
    series TEXT NOT NULL,
    warnings TEXT NOT NULL,
    series_uid TEXT,
    model_id TEXT,
    probability REAL CHECK (probability BETWEEN 0 AND 1),
    threshold REAL, sensitivity REAL, specificity REAL,
    findings TEXT NOT NULL,
    slice_scores TEXT NOT NULL,
    CHECK (state <> 'screened' OR probability IS NOT NULL)
) STRICT;
CREATE INDEX screenings_study ON screenings (study_uid);
"""

_PEOPLE = """
CREATE TABLE reviews (
    review_id INTEGER PRIMARY KEY,
    study_uid TEXT NOT NULL REFERENCES studies,
    reader TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('unread', 'in review', 'agreed', 'disagreed')),
    comment TEXT NOT NULL,
    reviewed_at TEXT NOT NULL,
    screening_id INTEGER REFERENCES screenings
) STRICT;
CREATE INDEX reviews_study ON reviews (study_uid);
CREATE TABLE intakes (
    intake_id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    taken_at TEXT NOT NULL
) STRICT;
CREATE TABLE intake_studies (
    intake_id INTEGER NOT NULL REFERENCES intakes,
    study_uid TEXT NOT NULL REFERENCES studies,
    PRIMARY KEY (intake_id, study_uid)
) STRICT;
CREATE TABLE refusals (
    intake_id INTEGER NOT NULL REFERENCES intakes,
    name TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX refusals_intake ON refusals (intake_id);
"""


@migrations()  # type: ignore[untyped-decorator]  # the library's types are skipped
def m001_first_schema(db: Database) -> None:
    """Studies with their instances, claims and screenings, what readers said, what came in."""
    for script in (_STUDIES, _INSTANCES, _SCREENINGS, _PEOPLE):
        db.executescript(script)


@migrations()  # type: ignore[untyped-decorator]
def m002_completeness(db: Database) -> None:
    """Which kept files were lost, and which files of a study could not be placed in it."""
    db.executescript(COMPLETENESS)


_MODELS = """
ALTER TABLE screenings ADD COLUMN model_sha256 TEXT;
ALTER TABLE screenings ADD COLUMN restriction TEXT NOT NULL DEFAULT '';
ALTER TABLE studies ADD COLUMN model_sha256 TEXT;
ALTER TABLE studies ADD COLUMN restriction TEXT NOT NULL DEFAULT '';
"""


@migrations()  # type: ignore[untyped-decorator]
def m003_models(db: Database) -> None:
    """Which weights a result is by, and what their licence restricts it to."""
    db.executescript(_MODELS)


_MEASUREMENTS = """
CREATE TABLE measurements (
    measure_id TEXT PRIMARY KEY,
    study_uid TEXT NOT NULL REFERENCES studies,
    series_uid TEXT NOT NULL,
    slices INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('distance', 'angle', 'region', 'volume')),
    points TEXT NOT NULL,
    reader TEXT NOT NULL,
    measured_at TEXT NOT NULL,
    removed_at TEXT,
    remover TEXT
) STRICT;
CREATE INDEX measurements_study ON measurements (study_uid);
CREATE INDEX studies_patient ON studies (patient_id);
"""


@migrations()  # type: ignore[untyped-decorator]
def m004_measurements(db: Database) -> None:
    """What readers measured on the slices of a series."""
    db.executescript(_MEASUREMENTS)


@migrations()  # type: ignore[untyped-decorator]
def m005_reviews(db: Database) -> None:
    """What readers said of each finding; second readers, and how a disagreement was settled.

    A study that is unread again has another result: its second read is of the one before.
    """
    db.executescript(REVIEWS)


@migrations()  # type: ignore[untyped-decorator]
def m006_sessions(db: Database) -> None:
    """Case review sessions: their cases, what was decided, and what is presented now.

    A case outlives its study: what was said of it is told in the minutes, whatever became of it.
    """
    db.executescript(SESSIONS)


@migrations()  # type: ignore[untyped-decorator]
def m007_teaching(db: Database) -> None:
    """Teaching files, which know nothing of a study, quizzes, and what learners said."""
    db.executescript(TEACHING)


@migrations()  # type: ignore[untyped-decorator]
def m008_pose(db: Database) -> None:
    """How the presented slice lies on the screen, and whether the heatmap is on."""
    db.executescript(POSE)


@migrations()  # type: ignore[untyped-decorator]
def m009_measured_in(db: Database) -> None:
    """In which session's room something was measured, of all that was measured on a study."""
    db.executescript(MEASURED_IN)


_QUEUE = """
ALTER TABLE studies ADD COLUMN is_again INTEGER NOT NULL DEFAULT 0 CHECK (is_again IN (0, 1));
DROP INDEX studies_queue;
CREATE INDEX studies_queue ON studies (state, is_again, is_stat DESC, queued_at, study_uid);
"""


@migrations()  # type: ignore[untyped-decorator]
def m010_queue(db: Database) -> None:
    """Which studies are merely screened again: the others come before them."""
    db.executescript(_QUEUE)


@migrations()  # type: ignore[untyped-decorator]
def m011_unplaced_series(db: Database) -> None:
    """Of which series a file is that could not be placed, where it still says so."""
    db.executescript(UNPLACED_SERIES)


STEPS = frozenset(step.name for step in migrations.pending(Database(memory=True)))
"""The names of all steps: a database that has another one was written by a newer ichdash."""
