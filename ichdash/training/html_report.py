"""The report of an evaluation as one HTML document that stands alone.

It may be opened years later and without a network: style, charts and the script that draws them
are in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from ichdash.model.card import Figure
from ichdash.performance import charts
from ichdash.performance.words import FIGURES, calibration_text
from ichdash.training import comparison, html_parts
from ichdash.training.groups import Group
from ichdash.training.queue_simulation import Delay, Queue
from ichdash.training.report_contents import Named, Report

UNKNOWN = "–"
NAMES = {
    **FIGURES,
    "average_precision": "Average precision",
    "sensitivity_at_87_specificity": "Sensitivity at a specificity of at least 0.87",
    "auc_of_slices": "AUC of slices",
    "highest_slice_right": "Highest slice shows it",
}


SUBTYPES_NOTE = (
    "Studies with hemorrhage by what else the labels say of them; one study may stand in several "
    "rows. AUC is against all studies without hemorrhage."
)
SIZES_NOTE = "By how many slices are labelled with hemorrhage, then of each subtype alone."


def render(report: Report) -> str:
    """The whole document."""
    sections = (
        _head(report),
        _figures(report),
        _charts(report),
        _against(report),
        _groups("Subtype", SUBTYPES_NOTE, report.subtypes),
        _groups("Size", SIZES_NOTE, report.sizes),
        _predictive_values(report),
        _queue(report.queue),
        _effort(report),
        _named("Missed studies", "No study with hemorrhage was missed.", report.missed),
        _named("False alarms", "No study without was flagged.", report.false_alarms),
        _not_screened(report.not_screened),
    )
    title = f"{report.model_id}: evaluation"
    return html_parts.document(title, charts.script(), "".join(sections))


def _head(report: Report) -> str:
    rows = [
        ("Date", report.created),
        ("Operating point", f"flagged from a probability of {report.threshold:.2f}"),
        ("Studies", f"{report.studies}, {report.positive_studies} with hemorrhage"),
        ("Held out", f"{report.held_out}, judged by their score from cross-validation"),
        ("Screened", f"{report.screened}, judged by the model itself, to which they must be new"),
        ("Not screened", f"{len(report.not_screened)}, in none of the figures"),
        ("Left out", f"{len(report.left_out)}, of patients that a model learnt from"),
    ]
    cut = (
        "Each held-out study was flagged at the cut of its own fold, fitted without it; the "
        "operating point above is that of the model as it is used."
    )
    return (
        f"<h1>{escape(report.model_id)}: evaluation</h1>\n"
        f'<p class="notice">{escape(report.notice)}</p>\n{html_parts.table((), rows, "head")}'
        + (html_parts.note(cut) if report.held_out else "")
    )


def _figures(report: Report) -> str:
    if report.slice_figures:
        slices = html_parts.note("Slices of studies with hemorrhage, against slice labels:")
        slices += _figure_table(report.slice_figures)
    else:
        slices = ""
    method = (
        "At the operating point, with 95 % intervals: Wilson for proportions, Newcombe for AUC, "
        "bootstrap by study for F1, average precision and slices."
    )
    return html_parts.section(
        "Figures",
        html_parts.note(f"{method} {report.repeated_patients}"),
        _figure_table(report.figures),
        slices,
    )


def _figure_table(figures: Mapping[str, Figure]) -> str:
    rows = [
        (NAMES.get(name, name), f"{each.value:.3f}", _range(each)) for name, each in figures.items()
    ]
    return html_parts.table(("Figure", "Value", "95 % interval"), rows)


def _charts(report: Report) -> str:
    drawn = [charts.as_html(charts.calibration(report.calibration), "calibration")]
    if report.operating_point is not None:
        auc = report.figures["auc"].value
        drawn.insert(0, charts.as_html(charts.roc(report.roc, report.operating_point, auc), "roc"))
    boxes = "".join(f'<div class="chart">{each}</div>\n' for each in drawn)
    error = calibration_text(
        report.calibration_error, report.calibration_error_by_chance, report.brier_score
    )
    return html_parts.section(
        "ROC and calibration", f'<div class="charts">{boxes}</div>\n', f"<p>{error}</p>\n"
    )


def _against(report: Report) -> str:
    if report.against is None:
        return ""
    told = comparison.sentences(report.model_id, report.against, report.studies)
    names = [name for name in report.figures if name in report.against.other_figures]
    rows = [
        (
            NAMES[name],
            *(_with_range(each[name]) for each in (report.figures, report.against.other_figures)),
        )
        for name in names
    ]
    table = html_parts.table(("Figure", report.model_id, report.against.other_id), rows)
    return html_parts.section(
        "Against another model", *(f"<p>{escape(each)}</p>\n" for each in told), table
    )


def _groups(kind: str, note: str, groups: Sequence[Group]) -> str:
    if not groups:
        return ""
    rows = [
        (
            each.name,
            f"{each.studies}",
            f"{each.found}",
            f"{each.studies - each.found}",
            f"{each.sensitivity.value:.2f} ({_range(each.sensitivity, 2)})",
            f"{each.auc.value:.2f} ({_range(each.auc, 2)})" if each.auc else UNKNOWN,
            f"{each.median_probability:.2f}",
        )
        if each.median_probability is not None
        else (each.name, "0", "0", "0", UNKNOWN, UNKNOWN, UNKNOWN)
        for each in groups
    ]
    headings = (
        kind,
        "Studies",
        "Flagged",
        "Missed",
        "Sensitivity",
        "AUC",
        "Median probability",
    )
    return html_parts.section(
        f"Sensitivity by {kind.lower()}", html_parts.note(note), html_parts.table(headings, rows)
    )


def _predictive_values(report: Report) -> str:
    if not report.predictive_values:
        return ""
    note = (
        f"From sensitivity and specificity above. Of the studies here "
        f"{report.positive_studies / report.studies:.0%} have a hemorrhage; in most emergency "
        "departments far fewer have."
    )
    rows = [
        (f"{each.prevalence:.0%}", f"{each.positive:.3f}", f"{each.negative:.3f}")
        for each in report.predictive_values
    ]
    headings = ("Prevalence", "PPV: flagged, with hemorrhage", "NPV: not flagged, without")
    return html_parts.section(
        "Predictive values by prevalence", html_parts.note(note), html_parts.table(headings, rows)
    )


def _queue(queue: Queue | None) -> str:
    if queue is None:
        return ""
    rows = [
        (each.group, *(_minutes(delay) for delay in (each.first_come, each.triage, each.saved)))
        for each in queue.waiting
    ]
    headings = ("Studies", "First come, first served", "Triage order", "Saved")
    assumed = "".join(f"<li>{escape(each)}</li>\n" for each in queue.assumptions)
    return html_parts.section(
        "Time to read in a simulated queue",
        html_parts.note(
            "Minutes from arrival until reading begins, median / 90th percentile. A simulation, "
            "not a measurement; below zero, studies wait longer. It assumes:"
        ),
        f'<ul class="note">{assumed}</ul>\n',
        html_parts.table(headings, rows),
    )


def _effort(report: Report) -> str:
    told = (
        f"{report.effort_saved:.1%}: {report.studies} study labels instead of {report.slices:,} "
        "slice labels."
    )
    return html_parts.section("Labelling effort saved", f"<p>{told}</p>\n")


def _named(title: str, none: str, studies: Sequence[Named]) -> str:
    if not studies:
        return html_parts.section(title, f"<p>{none}</p>\n")
    rows = [(each.study_uid, f"{each.probability:.3f}") for each in studies]
    table = html_parts.table(("Study UID", "Probability"), rows, "uid")
    return html_parts.section(f"{title} ({len(studies)})", table)


def _not_screened(study_uids: Sequence[str]) -> str:
    if not study_uids:
        return ""
    note = "The reasons stand in the terminal, since they may quote a study's descriptions."
    rows = [(uid,) for uid in study_uids]
    return html_parts.section(
        f"Not screened ({len(study_uids)})",
        html_parts.note(note),
        html_parts.table(("Study UID",), rows, "uid"),
    )


def _range(figure: Figure, digits: int = 3) -> str:
    return f"{figure.low:.{digits}f}–{figure.high:.{digits}f}"


def _with_range(figure: Figure) -> str:
    return f"{figure.value:.3f} ({_range(figure)})"


def _minutes(delay: Delay) -> str:
    return f"{delay.median_minutes:.1f} / {delay.p90_minutes:.1f}".replace("-", "−")
