import pytest
from PIL import Image

from amena.engine.catalogue import OUTPUTS
from amena.engine.errors import OptionsError
from amena.engine.geometry.keyframes import Keyframe
from amena.engine.options import EASINGS, ESTIMATORS, MOTIONS, SIZES, Options
from amena.engine.photo.decode import load

TOUR = (Keyframe(0), Keyframe(0.5, x=0.5))


def test_names_agree_with_what_the_engine_has():
    from amena.engine.geometry import camera
    from amena.engine.output import motion_photo, stereo, views

    assert set(MOTIONS) == set(camera.MOTIONS)
    for made in (stereo.PACKINGS, views.PAIRS, views.MANY, motion_photo.MOVING_PHOTOS):
        assert set(made) < set(OUTPUTS)


@pytest.mark.parametrize("motion", MOTIONS)
@pytest.mark.parametrize("easing", EASINGS)
def test_every_motion_and_easing_is_accepted(motion, easing):
    assert Options(motion=motion, easing=easing).motion == motion


def test_every_size_estimator_and_output_is_accepted():
    for size in SIZES:
        Options(size=size)
    for estimator in (*ESTIMATORS[:-1], "huggingface:some/model", "onnx:some/model"):
        Options(estimator=estimator)
    Options(outputs=OUTPUTS)
    Options(motion="keyframes", keyframes=TOUR)


@pytest.mark.parametrize(
    ("has", "made"), [(4000, 1440), (1440, 1440), (1200, 1200), (960, 960), (500, 960)]
)
def test_the_usual_size_follows_the_photo(has, made, tmp_path):
    Image.new("RGB", (has, has // 2)).save(tmp_path / "photo.jpg")
    photo = load(tmp_path / "photo.jpg", Options().size, enlarge_to=SIZES[0])
    assert photo.size == (made, made // 2)


def test_frames_fill_the_duration():
    assert Options(duration=2.5, fps=24).frames == 60


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"motion": "loop-the-loop"}, "Unknown motion “loop-the-loop”. Choose circle"),
        ({"motion": "keyframes"}, "2 to 100 keyframes"),
        ({"keyframes": TOUR}, "motion “keyframes”"),
        ({"motion": "keyframes", "keyframes": TOUR[::-1]}, "must rise"),
        ({"easing": "bounce"}, "Unknown easing “bounce”. Choose even"),
        ({"duration": 0.9}, "between 1 and 15 seconds"),
        ({"duration": float("nan")}, "between 1 and 15 seconds"),
        ({"fps": 61}, "between 24 and 60"),
        ({"size": 1000}, "one of 960, 1440, 1920, 3840"),
        ({"amplitude": 0.2}, "between 0.002 and 0.1"),
        ({"amplitude": float("nan")}, "between 0.002 and 0.1"),
        ({"focus": -0.1}, "between 0 .far. and 1 .near."),
        ({"estimator": "crystal-ball"}, "Unknown estimator “crystal-ball”"),
        ({"estimator": "compact:small"}, "takes no model"),
        ({"renderer": "pencil"}, "auto, gl or warp"),
        ({"outputs": ("gif", "mpeg")}, "Unknown output “mpeg”. Choose chat, gif"),
        ({"loop_limit": 0.1}, "between 0.2 and 50"),
        ({"depth_of_field": 1.1}, "between 0 and 1"),
        ({"vignette": -0.1}, "between 0 and 1"),
        ({"rotate": 45}, "0, 90, 180, 270"),
    ],
)
def test_a_wrong_value_is_refused_with_one_clear_line(wrong, complaint):
    with pytest.raises(OptionsError, match=complaint) as raised:
        Options(**wrong)
    assert "\n" not in raised.value.message
