"""What is learnt of the columns of the labels, and what is left out with its reason."""

from ichdash.training.findings import Choice, choose
from ichdash.training.labels import Labels


def rows(*answers: tuple[bool | None, bool | None], name: str = "shift") -> list[Labels]:
    """A study a pair of answers: hemorrhage, and another finding; each of its own patient."""
    return [
        Labels(f"1.{number}", f"P{number}", {"hemorrhage": bleeds, name: other})
        for number, (bleeds, other) in enumerate(answers)
    ]


ENOUGH = ((False, True),) * 5 + ((True, False),) * 5


def test_a_further_column_is_learnt_after_hemorrhage_and_its_subtypes() -> None:
    labels = [*rows(*ENOUGH), *rows(*ENOUGH, name="mass_effect")]
    labels.append(Labels("1.9", "P9", {"hemorrhage": True, "subdural": True, "epidural": None}))
    assert choose(labels) == Choice(("hemorrhage", "subdural", "mass_effect", "shift"))


def test_a_subtype_is_drawn_and_needs_no_patients() -> None:
    assert choose(rows((True, False), name="epidural")).findings == ("hemorrhage", "epidural")


def test_a_column_of_too_few_patients_is_left_out_with_a_sentence() -> None:
    assert choose(rows(*ENOUGH[1:], (False, None))) == Choice(
        ("hemorrhage",),
        ("shift is not learnt: 4 patients with and 5 without it, at least 5 of each are needed.",),
    )


def test_studies_of_one_patient_count_once() -> None:
    labels = [Labels(each.study_uid, "P", each.findings) for each in rows(*ENOUGH)]
    assert choose(labels).left_out == (
        "shift is not learnt: 1 patients with and 1 without it, at least 5 of each are needed.",
    )


def test_what_is_never_there_without_hemorrhage_is_left_out_with_a_sentence() -> None:
    found = choose(rows(*((True, True),) * 9, *((False, True),) * 4, *((False, False),) * 9))
    assert found == Choice(
        ("hemorrhage",),
        (
            "shift is not learnt: 4 patients have it without hemorrhage, at least 5 are needed to "
            "tell the two apart. Name it with --finding to learn it all the same.",
        ),
    )
