"""The tables of second readers; once released, never edited (`migrations`)."""

REVIEWS = """
ALTER TABLE reviews ADD COLUMN findings TEXT NOT NULL DEFAULT '{}';
ALTER TABLE studies ADD COLUMN second_read TEXT NOT NULL DEFAULT ''
    CHECK (second_read IN ('', 'second read wanted', 'read twice', 'to adjudicate', 'settled'));
ALTER TABLE studies ADD COLUMN answer TEXT
    CHECK (answer IN ('hemorrhage', 'no hemorrhage', 'cannot be told'));
CREATE INDEX studies_second_read ON studies (second_read);
CREATE TABLE second_reads (
    screening_id INTEGER PRIMARY KEY REFERENCES screenings,
    study_uid TEXT NOT NULL REFERENCES studies,
    asked_by TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    earlier TEXT NOT NULL,
    second TEXT,
    answer TEXT CHECK (answer IN ('hemorrhage', 'no hemorrhage', 'cannot be told')),
    comment TEXT NOT NULL DEFAULT '',
    settled_by TEXT,
    settled_at TEXT,
    CHECK (answer IS NULL OR (settled_by IS NOT NULL AND settled_at IS NOT NULL))
) STRICT;
CREATE TRIGGER second_read_of_another_result AFTER UPDATE OF review ON studies
WHEN new.review = 'unread' AND new.second_read <> ''
BEGIN
    UPDATE studies SET second_read = '', answer = NULL WHERE study_uid = new.study_uid;
END;
CREATE TRIGGER second_read_open_at_a_newer_result AFTER UPDATE OF screened_at ON studies
WHEN new.state = 'screened' AND new.second_read IN ('second read wanted', 'to adjudicate')
BEGIN
    UPDATE studies SET review = 'unread', reader = NULL WHERE study_uid = new.study_uid;
    UPDATE studies SET second_read = '', answer = NULL WHERE study_uid = new.study_uid;
END;
"""
