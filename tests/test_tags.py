"""Tags of templates: addresses by a public id, and icons."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Template, TemplateSyntaxError
from django.template.context import Context
from django.urls import reverse

from amena.jobs.urls import urlpatterns

_OF_ONE = [each.name for each in urlpatterns if "<uuid:" in str(each.pattern)]


@pytest.mark.parametrize("name", _OF_ONE)
def test_an_address_is_what_django_finds(name: str) -> None:
    for _ in range(2):
        public_id = uuid.uuid4()
        text = Template(f'{{% address "{name}" id %}}').render(Context({"id": public_id}))
        assert text == reverse(name, args=[public_id])


def test_an_icon_is_its_file() -> None:
    file = Path(settings.BASE_DIR, "templates", "icons", "motion", "circle.svg")
    assert Template('{% icon "motion/circle" %}').render(Context()) == file.read_text()


@pytest.mark.parametrize("wrong", ["icon", "icon trash", 'icon "trash" "stop"'])
def test_an_icon_has_one_name(wrong: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        Template(f"{{% {wrong} %}}")
