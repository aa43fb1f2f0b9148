"""Synthetic head CTs of known truth, for the demo, the tests and teaching."""

from ichdash.phantom.demo import DemoStudy, demo_studies
from ichdash.phantom.head import Phantom, draw_head
from ichdash.phantom.spec import HeadSpec, LesionSpec, Side, random_head, random_lesion
from ichdash.phantom.study import StudyLabel, write_study

__all__ = [
    "DemoStudy",
    "HeadSpec",
    "LesionSpec",
    "Phantom",
    "Side",
    "StudyLabel",
    "demo_studies",
    "draw_head",
    "random_head",
    "random_lesion",
    "write_study",
]
