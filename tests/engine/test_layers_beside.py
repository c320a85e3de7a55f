"""A layer is coloured while what lies behind it is peeled, and comes out as if it had waited."""

from dataclasses import fields
from threading import Event

import numpy as np
import pytest

from amena.engine.layering import layers, peeling
from amena.engine.layering.depth_layer import UnknownBand
from amena.engine.layering.layers import build_layers
from amena.engine.layering.peeling import peel_layers
from amena.engine.memory import Memory
from amena.engine.pixels.fill import fill_texture
from amena.engine.types import Disparity
from tests.engine.scenes import noise_photo

SHAPE, AMPLITUDE, MARGIN = (192, 256), 0.06, (8, 8)


def three_deep():
    """A card before two others so close behind that they are left to a later peel."""
    values = np.full(SHAPE, 0.1, np.float32)
    values[30:160, 40:150] = 0.5
    values[30:160, 214:240] = 0.5
    values[50:140, 140:210] = 0.95
    return values


def built(fill, memory=None):
    disparity = Disparity(three_deep(), "uploaded")
    return build_layers(noise_photo(*SHAPE), disparity, AMPLITUDE, fill, MARGIN, memory)


def test_every_layer_is_told_of_before_the_next_and_nothing_but_opaque_changes_later():
    told = []
    final, _ = peel_layers(three_deep(), AMPLITUDE * 256, UnknownBand(), 1, told.append)
    assert len(final) == len(told) >= 2
    for early, late in zip(told, final, strict=True):
        for field in fields(early):
            if field.name != "opaque":
                assert np.array_equal(getattr(early, field.name), getattr(late, field.name))


def test_colours_begin_before_the_last_layer_is_peeled(monkeypatch):
    filling, peeled, waited = Event(), [], []
    peel_layer = peeling.peel_layer

    def peel(*arguments, **options):
        if peeled:
            waited.append(filling.wait(60))
        peeled.append(None)
        return peel_layer(*arguments, **options)

    def fill(rgb, hole, known):
        filling.set()
        return fill_texture(rgb, hole, known)

    monkeypatch.setattr(peeling, "peel_layer", peel)
    image = built(fill)
    assert len(image.layers) >= 3
    assert waited
    assert all(waited)


def test_layers_are_the_same_with_a_memory_that_waits_for_all_of_them():
    plain, waiting = built(fill_texture), built(fill_texture, Memory({b"other": 1}))
    assert plain.colour_digest == waiting.colour_digest
    for one, other in zip(plain.layers, waiting.layers, strict=True):
        assert np.array_equal(one.rgb, other.rgb)
        assert np.array_equal(one.alpha, other.alpha)


@pytest.mark.parametrize("part", ["peel", "fill"])
def test_what_fails_in_either_thread_is_raised(monkeypatch, part):
    def fails(*_, **__):
        raise ZeroDivisionError

    if part == "peel":
        monkeypatch.setattr(peeling, "find_cuts", fails)
    with pytest.raises(ZeroDivisionError):
        built(fails if part == "fill" else fill_texture)


def test_large_pictures_are_made_one_thing_after_the_other_and_come_out_the_same(monkeypatch):
    beside = built(fill_texture)
    monkeypatch.setattr(layers, "_LARGE", 0)
    alone = built(fill_texture)
    for one, other in zip(beside.layers, alone.layers, strict=True):
        assert np.array_equal(one.rgb, other.rgb)
        assert np.array_equal(one.alpha, other.alpha)
