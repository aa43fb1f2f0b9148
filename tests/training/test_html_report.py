"""The report as a document: it stands alone, and it says what the JSON says."""

from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from ichdash.training import html_report, metrics
from ichdash.training.queue_simulation import Delay
from ichdash.training.report_contents import Report, contents
from tests.training.judgements import FOUR, evaluation, judged
from tests.training.test_comparison import FOUND

TODAY = date(2026, 11, 24)


class Document(HTMLParser):
    """Tags, attributes, and the text of a document without its scripts and style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.inside = ""
        self.pieces: list[str] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.inside = tag
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts.append(data)
        elif self.inside != "style":
            self.pieces.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.pieces).split())


@pytest.fixture(scope="module")
def report() -> Report:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics, "RESAMPLES", 20)
        return contents(evaluation(), TODAY)


@pytest.fixture(scope="module")
def document(report: Report) -> Document:
    return Document(html_report.render(report))


def test_nothing_is_fetched_from_anywhere(document: Document) -> None:
    assert {"src", "href"} & set(document.attributes) == set()
    assert {"link", "img", "iframe"} & set(document.tags) == set()
    assert document.attributes["content"][0].startswith("default-src 'none';")


def test_the_script_that_draws_is_in_it_once(document: Document) -> None:
    assert sum("plotly.js v" in each[:200] for each in document.scripts) == 1


def test_both_charts_are_drawn(document: Document) -> None:
    assert {"roc", "calibration"} <= set(document.attributes["id"])


@pytest.mark.parametrize(
    "told",
    [
        "own-1: evaluation For research, review and teaching. Not a medical device. "
        "Not for diagnostic use.",
        "Date 2026-11-24",
        "Operating point flagged from a probability of 0.50",
        "Studies 4, 2 with hemorrhage",
        "Held out 1, judged by their score from cross-validation",
        "Screened 3, judged by the model itself",
        "Not screened 1, in none of the figures",
        "Accuracy 0.500 0.150–0.850",
        "Highest slice shows it 0.750 0.500–0.900",
        "Expected calibration error (10 bins): 0.125; perfect probabilities would show 0.062 on so "
        "many studies. Brier score: 0.188 (0 is best).",
        "Sensitivity at a specificity of at least 0.87 0.500 0.095–0.905",
        "subdural 2 1 1 0.50 (0.09–0.91) 0.75 (0.23–0.97) 0.55",
        "epidural 0 0 0 – – –",
        "Sensitivity by size",
        "subdural, 1–3 slices 1 1 0 1.00 (0.21–1.00)",
        "Of the studies here 50% have a hemorrhage",
        "2% 0.020 0.980",
        "with hemorrhage",
        "A simulation, not a measurement",
        "One reader takes 10 minutes",
        "50.0%: 4 study labels instead of 8 slice labels.",
        "Missed studies (1) Study UID Probability 1.2 0.200",
        "False alarms (1) Study UID Probability 1.3 0.700",
        "Not screened (1)",
    ],
)
def test_the_report_says(document: Document, told: str) -> None:
    assert told in document.text


def test_nothing_of_a_study_but_its_uid_is_told(document: Document) -> None:
    assert "1.9" in document.text
    assert "JANE" not in document.text


def test_another_model_is_told_with_the_test_of_pairs(report: Report) -> None:
    against = replace(FOUND, other_figures=report.figures)
    text = Document(html_report.render(replace(report, against=against))).text
    assert "own-1 alone was right on 7, old-1 alone on 1 (McNemar's exact test, p = 0.070)." in text
    assert "Figure own-1 old-1 Accuracy 0.500 (0.150–0.850) 0.500 (0.150–0.850)" in text


def test_without_another_model_there_is_no_such_section(document: Document) -> None:
    assert "Against another model" not in document.text


def test_what_stands_in_a_label_file_is_text_and_never_markup(report: Report) -> None:
    subtypes = tuple(replace(each, name="<img src=x>") for each in report.subtypes)
    missed = (replace(report.missed[0], study_uid="<script>"),)
    evil = replace(report, model_id="<b>", subtypes=subtypes, missed=missed)
    document = Document(html_report.render(evil))
    assert {"img", "b"} & set(document.tags) == set()
    assert "<img src=x>" in document.text
    assert "<script>" in document.text


CUT = "Each held-out study was flagged at the cut of its own fold"


def test_where_studies_were_held_out_their_cut_is_explained(
    report: Report, document: Document
) -> None:
    assert CUT in document.text
    assert CUT not in Document(html_report.render(replace(report, held_out=0))).text


def test_time_that_is_lost_has_a_minus_sign(report: Report) -> None:
    assert report.queue is not None
    waiting = tuple(replace(each, saved=Delay(-1.0, -2.5)) for each in report.queue.waiting)
    queue = replace(report.queue, waiting=waiting)
    assert "−1.0 / −2.5" in Document(html_report.render(replace(report, queue=queue))).text


@pytest.mark.usefixtures("few_resamples")
def test_where_nothing_was_missed_that_is_said() -> None:
    found = contents(evaluation([FOUR[0], FOUR[3]]), TODAY)
    text = Document(html_report.render(found)).text
    assert "No study with hemorrhage was missed." in text
    assert "No study without was flagged." in text


@pytest.mark.usefixtures("few_resamples")
def test_one_class_alone_gives_a_report_without_the_curve() -> None:
    found = contents(evaluation([judged("1.1", True, 0.9)]), TODAY)
    document = Document(html_report.render(found))
    assert "roc" not in document.attributes["id"]
    assert "Predictive values" not in document.text
    assert "simulated queue" not in document.text
