"""Outcomes. Each screening is a row of its own: a newer one never overwrites an older one.

A study that could not be screened keeps what an earlier screening said of it: one that was
flagged stays among the flagged, so that a failed second look never lowers it.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

from ichdash.domain import NotScreened, Screened
from ichdash.errors import NotFoundError
from ichdash.records import ScreeningRow, ScreeningState
from ichdash.store.connection import Connection, Row
from ichdash.store.rows import Claim, screening_row, to_text


def record(
    connection: Connection,
    outcome: Screened | NotScreened,
    claim: Claim,
    now: datetime,
    ended: str = "recorded",
) -> ScreeningRow:
    """Write the outcome of an open claim; the caller has made sure that it is open."""
    row = _row(outcome, claim, now)
    with connection.writing():
        connection.insert("screenings", [row])
        connection.change(
            "UPDATE claims SET ended = :ended WHERE screening_id = :screening_id",
            {"ended": ended, "screening_id": claim.screening_id},
        )
        connection.change(_SETTLE, row | _settled(outcome))
    return screening_row(row)


# Where a flag appears or turns, what readers said was not of it: the study is unread again.
_SETTLE = """
    UPDATE studies SET
        state = iif(next_state = '', :state, next_state), next_state = '',
        reason = :reason, claim_id = NULL, deaths = 0, screened_at = :recorded_at,
        slices = coalesce(:slices, slices),
        probability = coalesce(:probability, probability),
        flagged = coalesce(:flagged, flagged),
        model_id = coalesce(:model_id, model_id),
        model_sha256 = iif(:model_id IS NULL, model_sha256, :model_sha256),
        restriction = iif(:model_id IS NULL, restriction, :restriction),
        review = iif(coalesce(:flagged, flagged) IS NOT flagged, 'unread', review),
        reader = iif(coalesce(:flagged, flagged) IS NOT flagged, NULL, reader)
    WHERE study_uid = :study_uid
"""


def _settled(outcome: Screened | NotScreened) -> Row:
    used = sum(verdict.slices for verdict in outcome.series if verdict.used)
    if isinstance(outcome, Screened):
        return {
            "slices": used or len(outcome.volume),  # which may hold slabs of them
            "flagged": int(outcome.prediction.flagged),
        }
    return {"slices": used or None, "flagged": None}


def _row(outcome: Screened | NotScreened, claim: Claim, now: datetime) -> Row:
    is_screened = isinstance(outcome, Screened)
    state = ScreeningState.SCREENED if is_screened else ScreeningState.NOT_SCREENED
    row: Row = {
        "screening_id": claim.screening_id,
        "study_uid": claim.study_uid,
        "state": state.value,
        "reason": outcome.reason,
        "started_at": to_text(claim.claimed_at),
        "recorded_at": to_text(now),
        "seconds": outcome.seconds,
        "series": json.dumps([asdict(verdict) for verdict in outcome.series]),
    }
    return row | (_answer(outcome) if isinstance(outcome, Screened) else _NO_ANSWER)


_NO_ANSWER: Row = {
    "warnings": "[]",
    "series_uid": None,
    "model_id": None,
    "probability": None,
    "threshold": None,
    "sensitivity": None,
    "specificity": None,
    "findings": "{}",
    "slice_scores": "[]",
    "model_sha256": None,
    "restriction": "",
}


def _answer(outcome: Screened) -> Row:
    prediction = outcome.prediction
    scores = [round(float(score), 6) for score in prediction.slice_scores]
    return {
        "warnings": json.dumps(outcome.volume.warnings),
        "series_uid": outcome.volume.series_uid,
        "model_id": prediction.model_id,
        "probability": float(prediction.probability),
        **asdict(prediction.operating_point),
        "findings": json.dumps({k: float(v) for k, v in prediction.findings.items()}),
        "slice_scores": json.dumps(scores, allow_nan=False),
        "model_sha256": prediction.model_sha256,
        "restriction": prediction.restriction,
    }


def of_study(connection: Connection, study_uid: str) -> tuple[ScreeningRow, ...]:
    """All screenings of a study, newest first."""
    rows = connection.rows(
        "SELECT * FROM screenings WHERE study_uid = :study_uid ORDER BY screening_id DESC",
        {"study_uid": study_uid},
    )
    return tuple(screening_row(row) for row in rows)


def one(connection: Connection, screening_id: int) -> ScreeningRow:
    row = connection.row(
        "SELECT * FROM screenings WHERE screening_id = :screening_id",
        {"screening_id": screening_id},
    )
    if row is None:
        raise NotFoundError(f"There is no screening {screening_id}. Look at the study's history.")
    return screening_row(row)
