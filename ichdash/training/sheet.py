"""A sheet of pictures: real hemorrhage beside drawn ones, and the look-alikes, to judge by eye.

Only study-level labels are read: the slice shown of a real study is the one in which the model
sees most evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from ichdash.errors import InputError
from ichdash.model.detector import load_network
from ichdash.model.network import Network
from ichdash.training import archive, insertion, look_alikes, pictures, positives
from ichdash.training.cache import Archive
from ichdash.training.cases import SUBTYPES, Case, prepare
from ichdash.training.labels import read_labels
from ichdash.training.pictures import COLUMNS, Picture
from ichdash.training.scene import Scene, measure

TRIES = 40


def write(  # noqa: PLR0917
    studies: Path,
    labels: Path,
    card_path: Path,
    output: Path,
    seed: int,
    on_progress: Callable[[str, int, int], None],
) -> None:
    """Draw the sheet of labelled studies into a picture file.

    Raises InputError where labels, studies or the picture's format cannot be used, ModelError
    where the model cannot.
    """
    pictures.check(output)
    card, network = load_network(card_path)
    network.eval()
    findings = card.network.findings
    known = [label for label in read_labels(labels) if label.is_known]
    with (
        TemporaryDirectory() as kept,
        Archive(studies, (card.network.taught,), Path(kept)) as found,
    ):
        matches = archive.match(known, found.entries)
        usable, faults = prepare(matches, found.views, lambda n, of: on_progress("read", n, of))
    if faults:
        raise InputError(
            f"{len(faults)} of the labelled studies cannot be used. {'; '.join(faults)}. "
            "Nothing was drawn."
        )
    cases = [Case.of(match.label, seen, findings) for match, (seen,) in usable]
    sheet = draw(cases, findings, network, seed, lambda n, of: on_progress("bleeds", n, of))
    sheet.save(output, quality=80)


def draw(
    cases: Sequence[Case],
    findings: Sequence[str],
    network: Network,
    seed: int,
    on_progress: Callable[[int, int], None],
) -> Image.Image:
    """One row of real and one of drawn bleeds for each subtype, then one for each look-alike."""
    rng = np.random.default_rng(seed)
    negative = [case for case in cases if not case.is_positive]
    chosen = [negative[i] for i in rng.permutation(len(negative))[: 2 * COLUMNS]]
    measured = (measure(case.hu, case.step_mm, case.slab_mm) for case in chosen)
    scenes = [scene for scene in measured if scene is not None]
    if not scenes:
        raise InputError("There is no study without hemorrhage to draw into. Nothing was drawn.")
    ranked = positives.rank(network, [case for case in cases if case.is_positive])
    kinds = [name for name in findings if name in SUBTYPES]
    rows: list[list[Picture]] = []
    for done, name in enumerate(kinds, 1):
        rows.append(_real(ranked, list(findings).index(name), name)[:COLUMNS])
        rows.append(list(islice(_drawn(scenes, name, rng), COLUMNS)))
        on_progress(done, len(kinds) + 1)
    for look_alike, _ in look_alikes.KINDS:
        rows.append([_fooling(scenes, look_alike, rng) for _ in range(COLUMNS)])
    on_progress(len(kinds) + 1, len(kinds) + 1)
    return pictures.assembled(rows, cases[0].hu.shape[-1])


def _real(ranked: Sequence[positives.Ranked], finding: int, name: str) -> list[Picture]:
    """Studies that have the finding, those that have no other first."""
    have = [each for each in ranked if each.case.targets[finding] == 1]
    have.sort(key=lambda each: np.nansum(each.case.targets[1:]))
    return [(each.case.hu[int(each.evidence.argmax())], f"real {name}") for each in have]


def _drawn(scenes: Sequence[Scene], name: str, rng: np.random.Generator) -> Iterator[Picture]:
    shapes = [each for each in insertion.KINDS if each.finding == name]
    for _ in range(TRIES):
        scene = scenes[int(rng.integers(len(scenes)))]
        painted = insertion.one(scene, shapes[int(rng.integers(len(shapes)))], scene.hu, rng)
        if painted is None:
            continue
        hu, blood = painted
        volume_ml = insertion.millilitres(scene, blood)
        yield hu[int(blood.sum(axis=(1, 2)).argmax())], f"drawn {name}, {volume_ml:.1f} ml"


def _fooling(
    scenes: Sequence[Scene], look_alike: look_alikes.LookAlike, rng: np.random.Generator
) -> Picture:
    scene = scenes[int(rng.integers(len(scenes)))]
    added = look_alike(scene, rng)
    most = int(np.abs(added).sum(axis=(1, 2)).argmax())
    return (scene.hu + added)[most], f"look-alike: {look_alike.__name__.replace('_', ' ')}"
