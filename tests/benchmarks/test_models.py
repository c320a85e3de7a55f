import pytest
import torch
from PIL import Image

from benchmarks import models
from tests.engine.depth_models import depth_anything

pytestmark = pytest.mark.slow


def test_a_model_is_measured_in_a_process_of_its_own(tmp_path):
    photo, folder = tmp_path / "photo.png", tmp_path / "model"
    Image.linear_gradient("L").convert("RGB").save(photo)
    depth_anything(folder)
    found = models.of_one(photo, f"huggingface:{folder}", repeats=1)
    assert 0 < found["depth"] < found["load"] + 60
    assert found["memory"] > 200  # torch alone


#: As their makers count them, in millions.
PUBLISHED = {
    "Depth Anything V2 Small": 24.8,
    "Depth Anything V2 Base": 97.5,
    "Depth Anything V2 Large": 335.3,
    "DPT-Large (MiDaS 3)": 343,
    "GLPN": 61.2,
    "Prompt Depth Anything Small": 25.1,
    "Prompt Depth Anything Large": 340,
    "TIPSv2 B/14": 110,
    "ZoeDepth": 345,
    "Depth Pro": 952,
}


@pytest.mark.parametrize("name", models.MODELS)
def test_models_have_as_many_weights_as_the_published_ones(name):
    with torch.device("meta"):  # counted without making any
        network, _ = models.MODELS[name]()
    count = sum(each.numel() for each in network.parameters()) / 1e6
    assert count == pytest.approx(PUBLISHED[name], rel=0.04)
