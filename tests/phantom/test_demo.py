from datetime import UTC, datetime, timedelta

import pytest

from ichdash.phantom import demo_studies, draw_head
from ichdash.phantom.spec import FINDINGS
from ichdash.phantom.study import uid_of

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_twelve_studies_show_every_finding_a_small_bleed_and_clean_heads():
    studies = demo_studies(NOW)
    lesions = [lesion for study in studies for lesion in study.spec.lesions]
    assert len(studies) == 12
    assert {lesion.finding for lesion in lesions} == set(FINDINGS)
    assert min(lesion.volume_ml for lesion in lesions) < 2
    assert sum(not study.spec.lesions for study in studies) == 6


def test_exactly_one_study_lacks_slices_and_it_has_no_bleed():
    (incomplete,) = [study for study in demo_studies(NOW) if study.omitted]
    assert incomplete.omitted == (13, 14, 15)
    assert incomplete.spec.lesions == ()


def test_studies_were_acquired_within_the_last_four_hours_one_after_another():
    times = [study.label.acquired_at for study in demo_studies(NOW)]
    assert times == sorted(times)
    assert NOW - timedelta(hours=4) < times[0] < times[-1] < NOW


def test_the_demo_is_the_same_study_whenever_it_is_made():
    today, tomorrow = demo_studies(NOW), demo_studies(NOW + timedelta(days=1))
    assert [uid_of(s.spec, "study") for s in today] == [uid_of(s.spec, "study") for s in tomorrow]
    assert len({study.label.accession_number for study in today}) == 12


@pytest.mark.slow
@pytest.mark.parametrize("number", range(12))
def test_every_demo_study_can_be_drawn_with_its_volumes(number):
    spec = demo_studies(NOW)[number].spec
    phantom = draw_head(spec)
    assert phantom.hu.shape == (30, 512, 512)
    for lesion in spec.lesions:
        assert phantom.volumes_ml[lesion.finding] == pytest.approx(lesion.volume_ml, rel=0.1)
