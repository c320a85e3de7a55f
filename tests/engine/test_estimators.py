from __future__ import annotations

from pathlib import Path

import pytest

from amena.engine.errors import OptionsError
from amena.engine.estimators import DEFAULT_MODEL, Estimator, parse_estimator

REVISION = "0123456789abcdef" * 2 + "01234567"


def test_names_say_all_there_is_to_set() -> None:
    assert parse_estimator("compact") == Estimator("compact")
    assert parse_estimator("huggingface") == Estimator("huggingface", DEFAULT_MODEL)
    more = "dtype=bfloat16&size=770&device=cuda:1&licence=CC-BY-NC-4.0"
    name = f"huggingface:some/model@{REVISION}?{more}"
    assert parse_estimator(name) == Estimator(
        "huggingface", "some/model", REVISION, "bfloat16", 770, "cuda:1", "cc-by-nc-4.0"
    )
    assert parse_estimator("onnx:/models/a@b?file=q/model.onnx").model == "/models/a@b"


@pytest.mark.parametrize(
    "name",
    [
        *("", "best", "compact:x", "compact?size=64", "onnx", "huggingface:a/b@main"),
        *("huggingface:a/b?size=1", "huggingface:a/b?size=many", "huggingface:a/b?colour=red"),
        *("huggingface:a/b?dtype=int8", "huggingface:a/b?device=tpu", "huggingface:a/b?size"),
        *("onnx:m?file=/etc/passwd", "onnx:m?file=../x.onnx", "huggingface:a/b?file=x"),
    ],
)
def test_names_that_make_no_sense_are_one_clear_error(name: str) -> None:
    with pytest.raises(OptionsError) as raised:
        parse_estimator(name)
    assert "\n" not in raised.value.message


def test_reports_name_models_and_no_folders(tmp_path: Path) -> None:
    here = parse_estimator(f"huggingface:{tmp_path}")
    assert (here.title, here.source, here.is_on_hub) == (
        tmp_path.name,
        f"huggingface:{tmp_path.name}",
        False,
    )
    there = parse_estimator(f"huggingface:some/model@{REVISION}")
    assert (there.title, there.source, there.is_on_hub) == ("model", "huggingface:some/model", True)
