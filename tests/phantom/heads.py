"""Heads small enough to be drawn in about a second, and one bleed of each finding."""

from dataclasses import replace

from ichdash.phantom import HeadSpec, LesionSpec, Side

LESIONS = {
    "intraparenchymal": LesionSpec("intraparenchymal", 25, "putamen", Side.RIGHT, 65, edema_mm=4),
    "subdural": LesionSpec("subdural", 60, "convexity", Side.LEFT),
    "epidural": LesionSpec("epidural", 35, "temporal", Side.RIGHT),
    "subarachnoid": LesionSpec("subarachnoid", 15, "basal"),
    "intraventricular": LesionSpec("intraventricular", 5, "layering"),
}


def small(seed: int = 5, **changes: object) -> HeadSpec:
    """A head of 128 x 128 x 30 without noise."""
    spec = HeadSpec(seed=seed, rows=128, columns=128, noise_hu=0.0)
    return replace(spec, **changes)
