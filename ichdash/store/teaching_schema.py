"""The tables of teaching; once released, never edited (`migrations`)."""

TEACHING = """
CREATE TABLE teaching_files (
    file_id TEXT PRIMARY KEY,
    is_synthetic INTEGER NOT NULL CHECK (is_synthetic IN (0, 1)),
    probability REAL CHECK (probability BETWEEN 0 AND 1),
    ai TEXT,
    made_at TEXT NOT NULL,
    retired_at TEXT,
    retired_by TEXT
) STRICT;
CREATE TABLE teaching_versions (
    file_id TEXT NOT NULL REFERENCES teaching_files,
    version INTEGER NOT NULL,
    title TEXT NOT NULL,
    findings TEXT NOT NULL,
    spots TEXT NOT NULL,
    tags TEXT NOT NULL,
    difficulty INTEGER NOT NULL CHECK (difficulty BETWEEN 1 AND 3),
    explanation TEXT NOT NULL,
    author TEXT NOT NULL,
    written_at TEXT NOT NULL,
    PRIMARY KEY (file_id, version)
) STRICT;
CREATE TABLE quizzes (
    quiz_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    is_shuffled INTEGER NOT NULL CHECK (is_shuffled IN (0, 1)),
    shows_ai INTEGER NOT NULL CHECK (shows_ai IN (0, 1)),
    tutor TEXT NOT NULL,
    made_at TEXT NOT NULL
) STRICT;
CREATE TABLE quiz_cases (
    quiz_id TEXT NOT NULL REFERENCES quizzes,
    position INTEGER NOT NULL,
    file_id TEXT NOT NULL REFERENCES teaching_files,
    PRIMARY KEY (quiz_id, file_id)
) STRICT;
CREATE TABLE quiz_readings (
    quiz_id TEXT NOT NULL,
    file_id TEXT NOT NULL,
    learner TEXT NOT NULL,
    served_at TEXT NOT NULL,
    shown_at TEXT,
    draft TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (quiz_id, file_id, learner),
    FOREIGN KEY (quiz_id, file_id) REFERENCES quiz_cases
) STRICT;
CREATE TABLE quiz_answers (
    quiz_id TEXT NOT NULL,
    file_id TEXT NOT NULL,
    learner TEXT NOT NULL,
    version INTEGER NOT NULL,
    findings TEXT NOT NULL,
    confidence INTEGER NOT NULL CHECK (confidence BETWEEN 0 AND 100),
    spot TEXT,
    truth TEXT NOT NULL,
    is_placed INTEGER NOT NULL CHECK (is_placed IN (0, 1)),
    distance_mm REAL,
    with_ai INTEGER NOT NULL CHECK (with_ai IN (0, 1)),
    seconds REAL NOT NULL,
    answered_at TEXT NOT NULL,
    PRIMARY KEY (quiz_id, file_id, learner),
    FOREIGN KEY (quiz_id, file_id) REFERENCES quiz_cases
) STRICT;
CREATE INDEX quiz_answers_learner ON quiz_answers (learner);
"""
