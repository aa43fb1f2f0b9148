"""Card, weights, detector and saliency: what is shipped, what is refused, what it says."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from ichdash.domain import HEMORRHAGE, Volume
from ichdash.errors import ModelError
from ichdash.model import saliency
from ichdash.model.card import Calibration, ModelCard
from ichdash.model.detector import Detector
from ichdash.model.network import Head, Network
from ichdash.model.saliency import Method
from ichdash.phantom import HeadSpec, draw_head
from ichdash.settings import ROOT

SHIPPED = ROOT / "models" / "ich.json"


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.load(SHIPPED, "torch")


@pytest.fixture(scope="module")
def head() -> Volume:
    phantom = draw_head(HeadSpec(seed=3, rows=128, columns=128, slices=10))
    hu = np.array(phantom.hu)
    positions = np.arange(len(hu)) * phantom.spacing_mm[0]
    return Volume(hu, phantom.spacing_mm, positions, "1.2", "1.2.3", ("1.2.3.4",) * len(hu))


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for path in (SHIPPED, SHIPPED.with_suffix(".safetensors")):
        shutil.copy(path, tmp_path)
    return tmp_path / SHIPPED.name


def changed(card: Path, **values: object) -> Path:
    card.write_text(json.dumps({**json.loads(card.read_text()), **values}))
    return card


def test_card_reads_back_as_it_was_written(tmp_path: Path) -> None:
    card = ModelCard.load(SHIPPED)
    card.save(tmp_path / "ich.json")
    assert ModelCard.load(tmp_path / "ich.json") == card


def test_missing_card_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"There is no model card ich\.json\. Screening is off"):
        ModelCard.load(tmp_path / "ich.json")


def test_broken_card_is_told(copied: Path) -> None:
    copied.write_text("{")
    with pytest.raises(ModelError, match=r"ich\.json is not a usable model card"):
        ModelCard.load(copied)


def test_card_without_calibration_of_a_finding_is_told(copied: Path) -> None:
    with pytest.raises(ModelError, match="no calibration for epidural, hemorrhage"):
        ModelCard.load(
            changed(
                copied,
                calibration={
                    k: {"slope": 1.0, "intercept": 0.0}
                    for k in ("intraparenchymal", "intraventricular", "subarachnoid", "subdural")
                },
            )
        )


@pytest.mark.parametrize("highest", [-0.1, 1.5, float("nan")])
def test_card_whose_slices_are_no_share_is_told(copied: Path, highest: float) -> None:
    network = json.loads(copied.read_text())["network"]
    with pytest.raises(ModelError, match="highest is not a share of the slices"):
        ModelCard.load(changed(copied, network={**network, "highest": highest}))


def test_missing_weights_are_told(copied: Path) -> None:
    copied.with_suffix(".safetensors").unlink()
    with pytest.raises(ModelError, match=r"The weights ich\.safetensors are missing\."):
        Detector.load(copied)


def test_weights_that_do_not_match_the_card_are_told(copied: Path) -> None:
    with copied.with_suffix(".safetensors").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelError, match=r"ich\.safetensors does not match its card \(SHA-256"):
        Detector.load(copied)


def test_weights_of_another_network_are_told(copied: Path) -> None:
    network = json.loads(copied.read_text())["network"]
    card = changed(copied, network={**network, "hidden": 8})
    with pytest.raises(ModelError, match="does not fit the network its card describes"):
        Detector.load(card)


def test_same_volume_gives_the_same_prediction(detector: Detector, head: Volume) -> None:
    first, second = detector.predict(head), detector.predict(head)
    assert first.probability == second.probability
    assert np.array_equal(first.heatmap, second.heatmap)
    assert first.heatmap.shape == (10, 128, 128)


def test_each_subtype_that_has_places_has_a_heatmap_on_the_same_scale(
    detector: Detector, head: Volume
) -> None:
    found = detector.predict(head)
    assert set(found.subtype_maps) == set(detector.card.network.findings) - {HEMORRHAGE}
    assert {each.shape for each in found.subtype_maps.values()} == {found.heatmap.shape}
    assert any(each.any() for each in found.subtype_maps.values())


def test_a_finding_without_evidence_has_no_heatmap(head: Volume) -> None:
    detector = Detector.load(SHIPPED, "torch")
    finding = detector.card.network.findings.index("subdural")
    with torch.no_grad():
        detector.head.evidence.weight[finding] = 0.0
    assert "subdural" not in detector.predict(head).subtype_maps


def test_engines_agree(detector: Detector, head: Volume) -> None:
    other = Detector.load(SHIPPED, "openvino").predict(head)
    assert other.probability == pytest.approx(detector.predict(head).probability, abs=0.01)


def test_probability_is_that_of_the_logit(detector: Detector, head: Volume) -> None:
    probability = detector.card.calibration["hemorrhage"](detector.logit(head))
    assert detector.predict(head).probability == pytest.approx(probability)


def test_single_slice_is_predicted(detector: Detector, head: Volume) -> None:
    one = Volume(
        head.hu[5:6].copy(), head.spacing_mm, head.positions_mm[:1], "1.2", "1.2.3", ("1.2.3.4",)
    )
    assert detector.predict(one).slice_scores.shape == (1,)


def test_calibration_keeps_the_order_and_the_range() -> None:
    scaling = Calibration(2.0, -1.0)
    assert 0 <= scaling(-1e9) < scaling(0.0) < scaling(1.0) <= 1


@pytest.fixture(scope="module")
def seen() -> tuple[Head, torch.Tensor]:
    """The shipped network's kind of head, and features that it has not been trained for."""
    torch.manual_seed(2)
    network = Network(ModelCard.load(SHIPPED).network).eval().requires_grad_(False)
    return network.head, torch.rand(3, network.spec.features, 20, 20)


@pytest.mark.parametrize("method", Method)
def test_saliency_gives_a_map_a_slice_and_none_below_zero(
    seen: tuple[Head, torch.Tensor], method: Method
) -> None:
    maps = saliency.evidence(*seen, finding=0, method=method)
    assert maps.shape == (3, 20, 20)
    assert maps.min() >= 0
    assert maps.max() > 0


def test_the_heatmap_is_hirescam(seen: tuple[Head, torch.Tensor]) -> None:
    shown = saliency.evidence(*seen, finding=0)
    assert np.array_equal(shown, saliency.evidence(*seen, finding=0, method=Method.HIRES_CAM))


def test_grad_cam_weighs_features_by_their_mean_gradient_through_the_whole_head(
    seen: tuple[Head, torch.Tensor],
) -> None:
    head, features = seen
    leaf = features.clone().requires_grad_()
    head.slices(leaf)[:, 1].sum().backward()
    assert leaf.grad is not None
    weights = leaf.grad.mean((2, 3), keepdim=True)
    wanted = torch.relu((weights * features).sum(1)).numpy()
    found = saliency.evidence(head, features, 1, Method.GRAD_CAM)
    assert found == pytest.approx(wanted, abs=1e-7)


def test_the_evidence_map_is_the_heads_evidence_where_the_slice_is_suspicious(
    seen: tuple[Head, torch.Tensor],
) -> None:
    head, features = seen
    suspicious = torch.sigmoid(head.slices(features))[:, 1, None, None]
    wanted = (suspicious * torch.log1p(head.maps(features)[:, 1].exp())).numpy()
    found = saliency.evidence(head, features, 1, Method.EVIDENCE)
    assert found == pytest.approx(wanted, rel=1e-4)


def test_one_scale_keeps_a_dark_slice_dark() -> None:
    maps = np.array([[[0.1]], [[5.0]]], np.float32)
    assert saliency.on_one_scale(maps, 4.0).ravel().tolist() == [pytest.approx(0.025), 1.0]
