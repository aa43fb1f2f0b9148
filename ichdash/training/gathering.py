"""What a training learns from: the labelled studies of its sources, as the network sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain

from ichdash.errors import InputError
from ichdash.model.card import TrainingData
from ichdash.training import archive
from ichdash.training.archive import Match
from ichdash.training.cache import Archive
from ichdash.training.cases import Case, prepare
from ichdash.training.job import Job, OnNotice, findings, labelled, refuse_few
from ichdash.training.start import Start

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Gathered:
    """Labelled studies, ready to be learnt from."""

    findings: tuple[str, ...]
    cases: tuple[Case, ...]  # source by source
    matches: tuple[Match, ...]  # of the cases
    data: tuple[TrainingData, ...]  # of each source, counted


def gather(
    job: Job, start: Start | None, size: int, on_progress: OnProgress, on_notice: OnNotice
) -> Gathered:
    """Read and check every labelled study, `size` samples a side.

    Raises InputError where labels or studies cannot be used, naming each, unless the job leaves
    out such studies: then `on_notice` is told of them.
    """
    labels = labelled(job)
    with ExitStack() as stack:
        kept = job.cache or job.work / "cache"
        archives = [stack.enter_context(Archive(each.studies, size, kept)) for each in job.sources]
        matches = [
            archive.match(rows, each.entries) for rows, each in zip(labels, archives, strict=True)
        ]
        everything = [*chain(*matches)]
        refuse_few(job, everything)
        if start:
            start.refuse_known(everything)
            on_notice(start.doubt)
        wanted = findings(job, everything, on_notice)
        done = 0

        def told(here: int, of_source: int) -> None:
            on_progress(done + here, len(everything))

        cases: list[tuple[Case, ...]] = []
        faults: list[str] = []
        for found, each in zip(matches, archives, strict=True):
            usable, wrong = prepare(found, each.view, wanted, told)
            cases.append(usable)
            faults += wrong
            done += len(found)
    _refuse(faults, on_notice if job.leaves_out else None)
    used = {case.study_uid for case in chain(*cases)}
    left = tuple(match for match in everything if match.label.study_uid in used)
    refuse_few(job, left)
    return Gathered(wanted, tuple(chain(*cases)), left, _counted(job, cases))


def _refuse(faults: Sequence[str], on_notice: OnNotice | None) -> None:
    """Raise for studies that cannot be used, or tell that they are left out."""
    if not faults:
        return
    told = f"{len(faults)} of the labelled studies cannot be used. {'; '.join(faults)}."
    if on_notice is None:
        raise InputError(f"{told} Nothing was trained. Give --leave-out to train without them.")
    on_notice(f"{told} They are left out.")


def _counted(job: Job, cases: Sequence[Sequence[Case]]) -> tuple[TrainingData, ...]:
    return tuple(
        replace(
            source.data,
            studies=len(own),
            positive_studies=sum(case.is_positive for case in own),
            slices=sum(case.slices for case in own),
        )
        for source, own in zip(job.sources, cases, strict=True)
    )
