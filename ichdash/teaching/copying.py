"""A teaching file made of a screened case: a copy that names nothing of its source.

No UID, name, date or number comes along, and nothing is kept that leads back.
"""

from __future__ import annotations

from ichdash.imaging.display import DisplayVolume, unnamed
from ichdash.lessons import AiResult, Spot
from ichdash.records import MeasureKind, Measurement, ScreeningRow
from ichdash.store.files import Heatmap
from ichdash.store.teaching import Pictures


def copied(display: DisplayVolume, heatmap: Heatmap) -> Pictures:
    """What a viewer shows of a case, without what tells whose it is or what the model said."""
    bare = unnamed(display)
    return Pictures(bare.payload, bare.meta, heatmap)


def ai_of(screening: ScreeningRow) -> AiResult | None:
    """What the model said of a case; None where it said nothing."""
    if screening.probability is None or screening.operating_point is None:
        return None
    return AiResult(
        probability=screening.probability,
        threshold=screening.operating_point.threshold,
        findings=screening.findings,
        slice_scores=screening.slice_scores,
        model_id=screening.model_id or "",
        restriction=screening.restriction,
    )


def spots_of(measurements: tuple[Measurement, ...]) -> tuple[Spot, ...]:
    """The ellipses that readers drew on a case, as marked places."""
    regions = (each for each in measurements if each.kind is MeasureKind.REGION)
    return tuple(_spot(region) for region in regions)


def _spot(region: Measurement) -> Spot:
    (left, top, index), (right, bottom, _) = region.points
    radius = (abs(right - left) + abs(bottom - top)) / 4
    return Spot(int(index), (left + right) / 2, (top + bottom) / 2, radius)
