"""The tables of what is lost or has no place; once released, never edited (`migrations`)."""

COMPLETENESS = """
ALTER TABLE instances ADD COLUMN is_lost INTEGER NOT NULL DEFAULT 0 CHECK (is_lost IN (0, 1));
CREATE TABLE unplaced (
    study_uid TEXT NOT NULL REFERENCES studies,
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (study_uid, name)
) STRICT;
"""

UNPLACED_SERIES = """
CREATE TABLE unplaced_by_series (
    study_uid TEXT NOT NULL REFERENCES studies,
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    series_uid TEXT NOT NULL,
    PRIMARY KEY (study_uid, name, series_uid)
) STRICT;
INSERT INTO unplaced_by_series SELECT study_uid, name, reason, '' FROM unplaced;
DROP TABLE unplaced;
ALTER TABLE unplaced_by_series RENAME TO unplaced;
"""
