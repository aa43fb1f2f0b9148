"""What a training learns from: the labelled studies of its sources, as the network sees them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain

from ichdash.errors import InputError
from ichdash.model.card import TrainingData
from ichdash.model.spec import NetworkSpec
from ichdash.training import archive
from ichdash.training.archive import Match
from ichdash.training.cache import Archive
from ichdash.training.cases import Case, Usable, Views, prepare
from ichdash.training.job import Job, OnNotice, findings, labelled, refuse_few
from ichdash.training.labels import Labels
from ichdash.training.start import Start

OnProgress = Callable[[int, int], None]

NOTHING = "Nothing was trained."


@dataclass(frozen=True, eq=False)
class Gathered:
    """Labelled studies, ready to be learnt from."""

    findings: tuple[str, ...]
    cases: tuple[Case, ...]  # as they teach, source by source; patients are numbered
    seen: tuple[Case, ...]  # the same as screening sees them
    matches: tuple[Match, ...]  # of the cases
    data: tuple[TrainingData, ...]  # of each source, counted


def gather(
    job: Job, start: Start | None, spec: NetworkSpec, on_progress: OnProgress, on_notice: OnNotice
) -> Gathered:
    """Read and check every labelled study, in both sizes of `spec`.

    Raises InputError where labels or studies cannot be used, naming each, unless the job leaves
    out such studies: then `on_notice` is told of them.
    """
    labels = labelled(job)
    with ExitStack() as stack:
        kept = job.cache or job.work / "cache"
        sizes = spec.taught, spec.size
        archives = [stack.enter_context(Archive(each.studies, sizes, kept)) for each in job.sources]
        matches = _one_patient_each(
            archive.match(rows, each.entries) for rows, each in zip(labels, archives, strict=True)
        )
        everything = [*chain(*matches)]
        _refuse_twice(everything)
        refuse_few(job, everything)
        if start:
            start.refuse_known(everything)
            on_notice(start.doubt)
        usable: list[list[Usable]] = []
        faults: list[str] = []
        for found, each in zip(matches, archives, strict=True):
            told = _after(sum(map(len, matches[: len(usable)])), len(everything), on_progress)
            ready, wrong = prepare(found, each.views, told)
            usable.append(ready)
            faults += wrong
    _refuse(faults, on_notice if job.leaves_out else None)
    left = tuple(match for match, _ in chain(*usable))
    refuse_few(job, left)
    wanted = findings(job, left, on_notice)
    number = _numbered(left)
    pairs = [
        [_cases(replace(m.label, patient_id=number[m.label.patient_id]), v, wanted) for m, v in own]
        for own in usable
    ]
    cases = [[taught for taught, _ in own] for own in pairs]
    seen = tuple(seen for _, seen in chain(*pairs))
    return Gathered(wanted, tuple(chain(*cases)), seen, left, _counted(job, cases))


def _cases(label: Labels, views: Views, wanted: Sequence[str]) -> tuple[Case, Case]:
    """A study as it teaches, and as screening sees it."""
    taught, seen = views
    return Case.of(label, taught, wanted), Case.of(label, seen, wanted)


def _numbered(matches: Sequence[Match]) -> dict[str, str]:
    """What patients are called from here on: cases are written to files, in which nothing names
    them. In the order of their names, as folds are drawn by it."""
    names = sorted({match.label.patient_id for match in matches})
    return {name: f"{index:06d}" for index, name in enumerate(names)}


def _after(before: int, total: int, on_progress: OnProgress) -> OnProgress:
    """Progress of one source among all."""
    return lambda done, _: on_progress(before + done, total)


def _one_patient_each(found: Iterable[Sequence[Match]]) -> list[list[Match]]:
    """A patient of several folders bears one name: no fold may part them.

    Names that stand beside one header are one patient's, and so are headers beside one name.
    """
    sources = [*found]
    earlier: dict[str, str] = {}  # names that stand for the same patient
    of_header: dict[str, str] = {}

    def first(name: str) -> str:
        while name in earlier:
            name = earlier[name]
        return name

    for match in chain(*sources):
        name = first(match.label.patient_id)
        other = first(of_header.setdefault(match.patient or name, name))
        if other != name:
            earlier[name] = other
    return [
        [replace(m, label=replace(m.label, patient_id=first(m.label.patient_id))) for m in each]
        for each in sources
    ]


def _refuse_twice(matches: Sequence[Match]) -> None:
    counts = Counter(match.label.study_uid for match in matches if not match.reason)
    if again := [uid for uid, count in counts.items() if count > 1]:
        raise InputError(f"{', '.join(again)}: labelled in more than one folder. {NOTHING}")


def _refuse(faults: Sequence[str], on_notice: OnNotice | None) -> None:
    """Raise for studies that cannot be used, or tell that they are left out."""
    if not faults:
        return
    told = f"{len(faults)} of the labelled studies cannot be used. {'; '.join(faults)}."
    if on_notice is None:
        raise InputError(f"{told} {NOTHING} Give --leave-out to train without them.")
    on_notice(f"{told} They are left out.")


def _counted(job: Job, cases: Sequence[Sequence[Case]]) -> tuple[TrainingData, ...]:
    return tuple(
        replace(
            source.data,
            studies=len(own),
            positive_studies=sum(each.is_positive for each in own),
            slices=sum(each.slices for each in own),
            notes=f"{source.data.notes}{_of_single_slices(own)}",
        )
        for source, own in zip(job.sources, cases, strict=True)
    )


def _of_single_slices(cases: Sequence[Case]) -> str:
    singles = sum(len(each.hu) == 1 for each in cases)
    return f" {singles} of them are single slices, labelled as such." if singles else ""
