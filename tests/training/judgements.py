"""Studies as they were judged, without a model: truth, probability and flag are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ichdash.model.card import Figure
from ichdash.training import judging
from ichdash.training.evaluate import Evaluation
from ichdash.training.groups import by_size, by_subtype
from ichdash.training.judging import Judged

THRESHOLD = 0.5


def judged(
    study_uid: str, truth: bool, probability: float, *, held_out: bool = False, **labels: bool
) -> Judged:
    """Flagged from a probability of THRESHOLD on; `labels` are subtypes."""
    return Judged(
        study_uid=study_uid,
        labels={"hemorrhage": truth, **labels},
        score=probability,
        probability=probability,
        flagged=probability >= THRESHOLD,
        slices=np.array([]),
        sop_instance_uids=(f"{study_uid}.1", f"{study_uid}.2"),
        is_held_out=held_out,
    )


FOUR = (
    judged("1.1", True, 0.9, subdural=True, epidural=False),
    judged("1.2", True, 0.2, subdural=True, epidural=False),
    judged("1.3", False, 0.7, subdural=False, epidural=False),
    judged("1.4", False, 0.1, held_out=True, subdural=False, epidural=False),
)
"""A bleed found and one missed, a false alarm, and a study rightly not flagged."""


def evaluation(studies: Sequence[Judged] = FOUR) -> Evaluation:
    """Of what was judged, with the figures of it."""
    return Evaluation(
        model_id="own-1",
        threshold=THRESHOLD,
        studies=len(studies),
        patients=len(studies),
        positive_studies=sum(each.truth for each in studies),
        slices=2 * len(studies),
        held_out=sum(each.is_held_out for each in studies),
        not_screened={"1.9": 'Series 4 "DOE^JANE": only CT is screened.'},
        figures=judging.figures(studies),
        slice_figures={"highest_slice_right": Figure(0.75, 0.5, 0.9)},
        calibration_error=0.125,
        calibration_error_by_chance=0.0625,
        brier_score=0.1875,
        effort_saved=0.5,
        subtypes=by_subtype(studies),
        sizes=by_size(studies, {"1.1": 3}),
        judged=tuple(studies),
    )


def turned(study: Judged) -> Judged:
    """The same study with the other answer."""
    return replace(study, flagged=not study.flagged, probability=1 - study.probability)
