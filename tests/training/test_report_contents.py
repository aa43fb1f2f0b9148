"""What the report holds of an evaluation."""

from dataclasses import replace
from datetime import date

import pytest

from ichdash.training.report_contents import Named, Report, contents
from tests.training.judgements import FOUR, evaluation, judged

pytestmark = pytest.mark.usefixtures("few_resamples")

TODAY = date(2026, 11, 24)


@pytest.fixture
def report() -> Report:
    return contents(evaluation(), TODAY)


def test_the_head_says_what_was_judged_and_how(report: Report) -> None:
    assert (report.model_id, report.threshold, report.created) == ("own-1", 0.5, "2026-11-24")
    assert (report.studies, report.positive_studies) == (4, 2)
    assert (report.held_out, report.screened) == (1, 3)
    assert report.notice == (
        "For research, review and teaching. Not a medical device. Not for diagnostic use."
    )


def test_what_the_use_of_the_model_is_restricted_to_stands_in_the_notice() -> None:
    found = contents(replace(evaluation(), restriction="education only"), TODAY)
    assert found.notice == (
        "For research, review and teaching. Not a medical device. Not for diagnostic use. "
        "own-1: education only."
    )


def test_figures_stand_in_a_fixed_order(report: Report) -> None:
    assert list(report.figures) == [
        "accuracy",
        "sensitivity",
        "specificity",
        "f1",
        "auc",
        "average_precision",
        "sensitivity_at_87_specificity",
    ]


def test_missed_studies_and_false_alarms_are_named_with_their_probability(report: Report) -> None:
    assert report.missed == (Named("1.2", 0.2),)
    assert report.false_alarms == (Named("1.3", 0.7),)


def test_the_most_suspicious_is_named_first() -> None:
    studies = *FOUR, judged("1.5", True, 0.4), judged("1.6", False, 0.8)
    found = contents(evaluation(studies), TODAY)
    assert [each.study_uid for each in found.missed] == ["1.5", "1.2"]
    assert [each.study_uid for each in found.false_alarms] == ["1.6", "1.3"]


def test_of_what_was_not_screened_only_the_uid_is_told(report: Report) -> None:
    assert report.not_screened == ("1.9",)
    assert "JANE" not in str(report)


def test_no_accession_number_is_told() -> None:
    refused = {"1.9": "damaged", "accession number A7": "not in the folder"}
    found = contents(replace(evaluation(), not_screened=refused), TODAY)
    assert found.not_screened == ("1.9", "named by its accession number")


def test_predictive_values_follow_prevalence(report: Report) -> None:
    """Sensitivity and specificity are a half: a flag tells nothing."""
    assert [each.prevalence for each in report.predictive_values] == [0.02, 0.05, 0.1, 0.15, 0.4]
    assert [each.positive for each in report.predictive_values] == pytest.approx(
        [0.02, 0.05, 0.1, 0.15, 0.4]
    )
    assert report.predictive_values[0].negative == pytest.approx(0.98)


def test_the_curve_and_the_bins_are_those_of_the_studies(report: Report) -> None:
    assert (report.roc[0], report.roc[-1]) == ((0.0, 0.0), (1.0, 1.0))
    assert (0.0, 0.5) in report.roc
    assert [each.predicted for each in report.calibration] == [0.1, 0.2, 0.7, 0.9]


def test_subtypes_sizes_and_the_queue_are_in_it(report: Report) -> None:
    assert [each.name for each in report.sizes if each.studies] == [
        "1–3 slices",
        "subdural, 1–3 slices",
    ]
    assert [each.name for each in report.subtypes] == ["subdural", "epidural"]
    assert report.queue is not None


@pytest.mark.parametrize("truth", [True, False])
def test_of_one_class_alone_there_is_neither_curve_nor_predictive_value_nor_queue(
    truth: bool,
) -> None:
    found = contents(evaluation([judged("1.1", truth, 0.9)]), TODAY)
    assert (found.roc, found.predictive_values, found.queue) == ((), (), None)
