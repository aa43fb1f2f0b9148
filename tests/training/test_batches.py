"""What a training step sees: reproducible, with truth where blood was drawn and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from ichdash.training import batches
from ichdash.training.batches import Batch, Sampler
from ichdash.training.pool import Drawn, Pool
from ichdash.training.positives import Ranked
from tests.tiny_model import FINDINGS
from tests.training.scenes import (
    STILL,
    SUBDURAL,
    flat_case,
    known,
    sampler,
    single_slices,
    square,
)

BLEED, FLECK = square(), square(finding=None)


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sample has a bleed, none a look-alike, and lies on a slice."""
    monkeypatch.setattr(batches, "BETWEEN", 0.0)
    monkeypatch.setattr(batches, "BLEEDING", 1.0)
    monkeypatch.setattr(batches, "FOOLED", 0.0)


@pytest.fixture
def fooled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sample has a look-alike, none a bleed."""
    monkeypatch.setattr(batches, "BLEEDING", 0.0)
    monkeypatch.setattr(batches, "FOOLED", 1.0)


def even(bleed: Drawn = BLEED, **settings: object) -> Sampler:
    """Samples of one even study that do not move."""
    made = sampler([flat_case("1.2")], {"1.2": Pool((bleed,), (FLECK,))}, **settings)
    made.ranges = STILL
    return made


def same(first: Batch, second: Batch) -> bool:
    return all(
        torch.equal(torch.nan_to_num(a, -1.0), torch.nan_to_num(b, -1.0))
        for a, b in zip(vars(first).values(), vars(second).values(), strict=True)
    )


def test_a_batch_has_slices_with_their_neighbours() -> None:
    batch = even().batch(5, 0)
    assert batch.hu.shape == (5, 3, 32, 32)
    assert batch.truth.shape == (5, 2, 16, 16)
    assert batch.slices.shape == (5, 2)


def ranked(*evidence: float, kinds: float = 1.0) -> Sampler:
    """Samples of one even study without and one with hemorrhage, of this evidence by slice."""
    case = replace(flat_case("1.3", hu=30.0), targets=known(hemorrhage=1.0, subdural=kinds))
    made = sampler([flat_case("1.2"), case], {"1.2": Pool((BLEED,), (FLECK,)), "1.3": Pool((), ())})
    made.ranges = STILL
    made.ranked = (Ranked(case, np.array(evidence, np.float32)),)
    return made


def real(batch: Batch) -> torch.Tensor:
    """Which samples come from the study with hemorrhage."""
    return batch.hu[:, 1].mean((1, 2)) > 25


def test_sure_slices_are_taught_as_blood_of_no_known_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "REAL", 0.5)
    batch = ranked(2.0, 3.0, 0, 0, 0, 0).batch(40, 0)
    blood = real(batch) & (batch.slices[:, 0] == 1)
    assert 4 < int(blood.sum()) < 16
    assert torch.equal(batch.is_mapped, ~blood)
    assert bool((batch.slices[blood, 1] == 1).all())


def test_clear_slices_are_taught_as_free_of_blood_everywhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "REAL", 0.5)
    batch = ranked(0.9, 0.8, 0.7, 0.6, -1, -2).batch(40, 0)
    assert int(real(batch).sum()) == 20
    assert bool(batch.is_mapped.all())
    assert bool((batch.slices[real(batch)] == 0).all())
    assert batch.truth[real(batch)].max() == 0


def test_a_slice_of_a_study_with_hemorrhage_is_not_blended_with_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "REAL", 1.0)
    made = ranked(2.0, 0, 0, 0, 0, 0)
    case = made.ranked[0].case
    case.hu[0] = 60.0
    batch = made.batch(20, 0)
    assert {*batch.hu[batch.slices[:, 0] == 1, 1, 0, 0].tolist()} == {60.0}


def test_studies_of_a_single_slice_are_taught_by_their_own_labels() -> None:
    single = replace(flat_case("1.4", hu=30.0), hu=np.full((1, 32, 32), 30.0, np.float16))
    bled = replace(single, targets=known(hemorrhage=1.0, subdural=0.0))
    clear = replace(single, study_uid="1.5", targets=known(hemorrhage=0.0, subdural=0.0))
    nothing = Pool((), ())
    pools = {"1.2": Pool((BLEED,), ()), "1.4": nothing, "1.5": nothing}
    made = sampler([flat_case("1.2"), bled, clear], pools)
    made.ranges = STILL
    made.labelled_share = batches.LABELLED
    batch = made.batch(80, 0)
    told = batch.slices[-48:].tolist()
    assert 14 < told.count([1, 0]) < 34
    assert told.count([1, 0]) + told.count([0, 0]) == round(batches.LABELLED * 80) == 48
    assert torch.equal(batch.is_mapped[-48:], batch.slices[-48:, 0] == 0)
    assert made.positives == []


@pytest.mark.parametrize(("singles", "count"), [(0, 1.0), (1, 0.643), (12, 0.25)])
def test_maps_count_the_less_the_more_single_slices_there_are(singles: int, count: float) -> None:
    cases = [flat_case("1.2"), *single_slices()[:singles]]
    made = sampler(cases, {"1.2": Pool((BLEED,), ())})
    assert made.maps_count == pytest.approx(count, abs=1e-3)


def test_few_single_slices_are_few_samples() -> None:
    single = replace(flat_case("1.4", hu=30.0), hu=np.full((1, 32, 32), 30.0, np.float16))
    cases = [*(flat_case(f"1.2.{n}") for n in range(33)), single]
    made = sampler(cases, {case.study_uid: Pool((BLEED,), ()) for case in cases})
    assert made.labelled_share == pytest.approx(2 / 199)
    assert made.maps_count == pytest.approx(1 - 0.75 * 2 / 199 / 0.6)
    assert made._labelled(round(made.labelled_share * 48)) == []


def test_every_slice_is_as_likely_whatever_study_it_is_of() -> None:
    bleed = Pool((square(2, size=8),), ())
    short = replace(flat_case("1.3", hu=30.0, size=8), hu=np.full((2, 8, 8), 30.0, np.float16))
    made = sampler([flat_case("1.2", size=8), short], {"1.2": bleed, "1.3": bleed})
    made.ranges = STILL
    assert 70 < int(real(made.batch(400, 0)).sum()) < 130


def test_before_slices_are_ranked_all_samples_are_drawn_ones() -> None:
    made = ranked(1.0, 1, 1, 1, 1, 1)
    made.ranked = ()
    assert not real(made.batch(40, 0)).any()


def test_same_seed_and_step_give_the_same_batch() -> None:
    made = even()
    made.ranges = batches.augment.Ranges()
    first = made.batch(8, 3)
    made.batch(8, 4)
    assert same(first, made.batch(8, 3))


@pytest.mark.parametrize(("seed", "step"), [(0, 4), (1, 3)])
def test_another_step_or_seed_gives_another_batch(seed: int, step: int) -> None:
    assert not same(even().batch(8, 3), even(seed=seed).batch(8, step))


def test_truth_stands_where_a_bleed_was_drawn_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "FOOLED", 0.0)
    aside = replace(square(hu=60.0), box=(slice(12, 20), slice(4, 12)))  # mirroring moves it
    batch = even(aside, seed=2).batch(40, 0)
    drawn = torch.nn.functional.max_pool2d(batch.hu[:, 1], 2) > 20
    bleeding = batch.slices[:, 0] == 1
    assert 10 < int(bleeding.sum()) < 30
    assert torch.equal(drawn[bleeding], batch.truth[bleeding, 0] > 0)
    assert batch.truth[~bleeding].max() == 0


@pytest.mark.usefixtures("always")
def test_a_bleed_is_a_hemorrhage_and_its_own_finding() -> None:
    findings = ("hemorrhage", "epidural", "subdural")
    assert even(findings=findings).batch(4, 0).slices.tolist() == [[1, 0, 1]] * 4


@pytest.mark.usefixtures("fooled")
def test_a_look_alike_alone_gives_no_truth() -> None:
    batch = even().batch(8, 0)
    assert batch.hu.amax((1, 2, 3)).min() > 25
    assert batch.truth.max() == 0
    assert batch.slices.tolist() == [[0, 0]] * 8


@pytest.mark.usefixtures("always")
def test_a_slice_with_very_little_blood_is_unsure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A square of 8 samples of 6.5 mm has 2704 mm²."""
    monkeypatch.setattr(batches, "UNSURE_MM2", 2800.0)
    assert even(square(8)).batch(4, 0).slices.isnan().all()
    monkeypatch.setattr(batches, "UNSURE_MM2", 2600.0)
    assert even(square(8)).batch(4, 0).slices.tolist() == [[1, 1]] * 4


@pytest.mark.usefixtures("always")
def test_findings_that_cannot_be_drawn_are_unknown() -> None:
    slices = even(findings=("hemorrhage", "fracture", "subdural")).batch(4, 0).slices
    assert slices[:, 1].isnan().all()
    assert slices[:, (0, 2)].tolist() == [[1, 1]] * 4


@pytest.mark.usefixtures("always")
def test_one_drawing_serves_for_several_densities() -> None:
    centre = even(square(16)).batch(20, 0).hu[:, 1, 16, 16]
    assert centre.min() >= 40 * batches.FAINTER - 0.1
    assert centre.max() <= 40 * batches.DENSER + 0.1
    assert centre.max() - centre.min() > 5


@pytest.mark.usefixtures("always")
def test_a_slice_is_taken_from_where_the_bleed_is() -> None:
    short = replace(BLEED, first=3, added=BLEED.added[:1], truth={"subdural": np.ones((1, 4, 4))})
    batch = even(short).batch(8, 0)
    assert batch.slices[:, 0].tolist() == [1] * 8
    assert batch.hu[:, (0, 2)].max() < 1  # the neighbours have none


@pytest.mark.usefixtures("always")
def test_neighbours_stand_in_either_order() -> None:
    rising = flat_case("1.2")
    rising = replace(rising, hu=rising.hu + np.arange(6, dtype=np.float16)[:, None, None] * 10)
    made = sampler([rising], {"1.2": Pool((BLEED,), ())})
    made.ranges = STILL
    corner = made.batch(40, 0).hu[:, :, 0, 0]
    upwards = (corner[:, 2] - corner[:, 0]) > 0
    assert 10 < int(upwards.sum()) < 30


def test_only_studies_known_to_have_no_hemorrhage_are_scenes() -> None:
    cases = [flat_case("1.2"), flat_case("1.3", 1.0), flat_case("1.4", np.nan)]
    made = sampler(cases, {"1.2": Pool((BLEED,), ())})
    assert [case.study_uid for case in made.scenes] == ["1.2"]


def test_a_study_into_which_nothing_can_be_drawn_teaches_as_it_is() -> None:
    case = flat_case("1.3", hu=30.0)
    made = sampler([flat_case("1.2"), case], {"1.2": Pool((BLEED,), ()), "1.3": Pool((), ())})
    made.ranges = STILL
    batch = made.batch(40, 0)
    assert 10 < int(real(batch).sum()) < 30
    assert bool((batch.slices[real(batch)] == 0).all())


def synthetic_share(synthetic: int) -> float:
    """Part of a batch that comes from synthetic heads, which have 500 HU here."""
    heads = [flat_case(f"synthetic-{n}", hu=500.0, size=8) for n in range(synthetic)]
    bleed = Pool((square(2, size=8),), ())
    pools = {case.study_uid: bleed for case in heads} | {"1.2": bleed}
    made = sampler([flat_case("1.2", size=8)], pools, heads)
    made.ranges = STILL
    return float((made.batch(400, 0).hu[:, 1, 0, 0] > 250).float().mean())


def test_synthetic_heads_are_a_part_of_the_samples() -> None:
    assert synthetic_share(2) == pytest.approx(batches.SYNTHETIC, abs=0.07)


def test_without_synthetic_heads_all_samples_are_real() -> None:
    assert synthetic_share(0) == 0


@pytest.mark.parametrize(("share", "found"), [("BLEEDING", 0), ("FOOLED", 1)])
def test_a_part_of_the_samples_is_drawn_into(share: str, found: int) -> None:
    made = even()
    made.start(0)
    chosen = [made.choose(made.pools["1.2"]) for _ in range(400)]
    wanted = (BLEED, FLECK)[found]
    part = sum(any(each is wanted for each in drawn) for drawn in chosen) / 400
    assert part == pytest.approx(getattr(batches, share), abs=0.07)


def test_the_findings_that_are_drawn_are_told() -> None:
    assert batches.is_drawn((*FINDINGS, "fracture")) == [True, True, False]


def test_half_of_the_samples_lie_between_two_slices() -> None:
    case = flat_case("1.2")
    stairs = np.arange(0, 60, 10, dtype=np.float16)[:, None, None] + case.hu
    made = sampler([replace(case, hu=stairs)], {"1.2": Pool((BLEED,), ())})
    made.ranges = STILL
    below, middle, above = made.batch(300, 0).hu[:, :, 2, 2].round(decimals=3).unbind(1)
    assert 0.33 < float((middle % 10 != 0).float().mean()) < 0.5  # the last has no next one
    assert float((below - middle).abs().max()) < 10.1
    assert float((above - middle).abs().max()) < 10.1


@pytest.mark.usefixtures("always")
def test_between_two_slices_blood_of_one_is_truth_if_it_is_near(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "BETWEEN", 1.0)
    monkeypatch.setattr(batches, "FAINTER", 1.0)
    monkeypatch.setattr(batches, "DENSER", 1.0)
    flat = replace(BLEED, first=3, added=BLEED.added[:2].copy(), truth={})
    flat.added[1] = 0  # slices 3 and 4 are chosen, blood is in slice 3 alone
    flat.truth[SUBDURAL] = BLEED.truth[SUBDURAL][:2].copy()
    flat.truth[SUBDURAL][1] = False
    batch = even(flat).batch(400, 0)
    share = batch.hu[:, 1, 16, 16] / 40
    is_truth = batch.truth[:, 0].amax((1, 2)) > 0
    near, far = share > batches.SHARED + 0.01, share < batches.SHARED - 0.01
    assert near.any()
    assert ((share > 0.01) & far).any()
    assert bool(is_truth[near].all())
    assert not bool(is_truth[far].any())
