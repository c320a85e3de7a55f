"""Which form an answer takes."""

from __future__ import annotations

from collections.abc import Sequence

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class OnlyOne(DefaultContentNegotiation):
    """Each address answers in one form. `Accept` is not asked, as RFC 9110 allows: refusals are
    problem details and downloads are files, whatever else was hoped for.
    """

    def select_renderer(
        self,
        request: Request,
        renderers: Sequence[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """Takes the first renderer, whatever the request accepts."""
        return renderers[0], renderers[0].media_type
