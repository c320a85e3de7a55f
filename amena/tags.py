"""Tags that are there in every template, see TEMPLATES in the settings.

Lists have them on each card, so they cost next to nothing.
"""

from __future__ import annotations

from functools import cache
from typing import Final
from uuid import UUID

from django import template
from django.template.base import Parser, TextNode, Token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

register = template.Library()

_NOBODY: Final = UUID(int=0)


@register.simple_tag
def address(name: str, public_id: UUID | str) -> SafeString:
    """The address `name` of one thing, as `{% url name public_id %}`.

    Django looks for the way anew each time; here it does so once.
    """
    before, after = _around(name)
    return SafeString(f"{before}{public_id}{after}")


@cache
def _around(name: str) -> list[str]:
    """What stands before the id and after it."""
    return reverse(name, args=[_NOBODY]).split(str(_NOBODY))


@register.tag
def icon(_parser: Parser, token: Token) -> TextNode:
    """The SVG `templates/icons/<name>.svg`; it becomes text of the template when that is parsed.

    Raises:
        TemplateDoesNotExist: there is no such file.
        TemplateSyntaxError: the tag has not one name, in quotes.
    """
    match token.split_contents():
        case [_, str(name)] if name[0] == name[-1] == '"':
            return TextNode(render_to_string(f"icons/{name[1:-1]}.svg"))
    raise template.TemplateSyntaxError('An icon has one name: {% icon "trash" %}.')
