"""The tables of case review sessions; once released, never edited (`migrations`)."""

SESSIONS = """
CREATE TABLE sessions (
    session_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    chair TEXT NOT NULL,
    created_at TEXT NOT NULL,
    closed_at TEXT
) STRICT;
CREATE TABLE session_events (
    event_id INTEGER PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES sessions,
    what TEXT NOT NULL,
    reader TEXT NOT NULL,
    told_at TEXT NOT NULL
) STRICT;
CREATE INDEX session_events_session ON session_events (session_id);
CREATE TABLE session_cases (
    case_id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id INTEGER NOT NULL REFERENCES sessions,
    study_uid TEXT NOT NULL,
    place INTEGER NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    noted_by TEXT NOT NULL DEFAULT '',
    added_by TEXT NOT NULL,
    added_at TEXT NOT NULL,
    removed_at TEXT, removed_by TEXT,
    revealed_at TEXT,
    is_revealed INTEGER NOT NULL DEFAULT 0 CHECK (is_revealed IN (0, 1)),
    UNIQUE (session_id, study_uid)
) STRICT;
CREATE INDEX session_cases_study ON session_cases (study_uid);
CREATE TABLE session_decisions (
    decision_id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES session_cases,
    verdict TEXT NOT NULL
        CHECK (verdict IN ('hemorrhage', 'no hemorrhage', 'cannot tell', 'other')),
    comment TEXT NOT NULL,
    reader TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    is_blind INTEGER NOT NULL CHECK (is_blind IN (0, 1))
) STRICT;
CREATE INDEX session_decisions_case ON session_decisions (case_id);
CREATE TABLE session_live (
    session_id INTEGER PRIMARY KEY REFERENCES sessions,
    token TEXT NOT NULL,
    presenter TEXT NOT NULL,
    started_at TEXT NOT NULL,
    case_id INTEGER REFERENCES session_cases,
    slice_index INTEGER,
    window_name TEXT NOT NULL DEFAULT '',
    center REAL NOT NULL DEFAULT 0,
    width REAL NOT NULL DEFAULT 0,
    moves INTEGER NOT NULL DEFAULT 0
) STRICT;
"""

POSE = """
ALTER TABLE session_live ADD COLUMN zoom REAL NOT NULL DEFAULT 1;
ALTER TABLE session_live ADD COLUMN across REAL NOT NULL DEFAULT 0.5;
ALTER TABLE session_live ADD COLUMN down REAL NOT NULL DEFAULT 0.5;
ALTER TABLE session_live ADD COLUMN turns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session_live ADD COLUMN is_mirrored INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session_live ADD COLUMN is_heat_on INTEGER NOT NULL DEFAULT 0;
"""

MEASURED_IN = """
ALTER TABLE measurements ADD COLUMN case_id INTEGER REFERENCES session_cases;
"""
