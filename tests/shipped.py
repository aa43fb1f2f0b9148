"""The models that come with ichdash, by their ids."""

from ichdash.model.card import ModelCard
from ichdash.registry import DEFAULT
from ichdash.settings import SHIPPED

SHIPPED_ID = ModelCard.load(DEFAULT).model_id
SHIPPED_IDS = [ModelCard.load(path).model_id for path in sorted(SHIPPED.glob("*.json"))]
"""In the order in which they are listed."""
