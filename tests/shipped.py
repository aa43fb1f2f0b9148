"""The models that come with ichdash, by their ids."""

from ichdash.model.card import ModelCard
from ichdash.registry import DEFAULT
from ichdash.settings import SHIPPED

SHIPPED_ID = ModelCard.load(DEFAULT).model_id
OTHERS = sorted(path for path in SHIPPED.glob("*.json") if path != DEFAULT)
SHIPPED_IDS = [SHIPPED_ID, *(ModelCard.load(path).model_id for path in OTHERS)]
"""In the order in which they are listed."""
