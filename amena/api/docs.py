"""The reference: the OpenAPI description, and a page that shows it, all from our own address."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from csp.decorators import csp_update
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.authentication import SessionAuthentication
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from amena.api import reference


class OpenApi(SpectacularAPIView):
    """The description, for programs; for everybody. Made once in a process: it takes a while."""

    authentication_classes = ()
    throttle_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: Request, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """The whole description, as YAML or JSON."""
        renderer = request.accepted_renderer
        return HttpResponse(
            _described(type(renderer)),
            content_type=f"{renderer.media_type}; charset=utf-8",
            headers={"Content-Disposition": f'inline; filename="Amena.{renderer.format}"'},
        )


@cache
def _described(renderer: type[BaseRenderer]) -> bytes:
    """A tenth of a second of work, which strangers may ask for; the same for everybody."""
    content: bytes = renderer().render(_description())
    return content


@cache
def _description() -> dict[str, Any]:
    description: dict[str, Any] = SchemaGenerator().get_schema(public=True)
    return description


@cache
def _reference() -> dict[str, Any]:
    """What the page shows. Texts are lazy in the description, and strings after JSON."""
    description = json.loads(json.dumps(_description(), default=str))
    return {"subjects": reference.subjects(description), "types": reference.types(description)}


# Swagger UI draws its small icons from its own stylesheet.
@method_decorator(csp_update({"img-src": ["data:"]}), name="dispatch")
class Docs(SpectacularSwaggerSplitView):
    """The description, for people; every request can be tried out in a console."""

    authentication_classes = (SessionAuthentication,)  # the page's head knows who is signed in
    throttle_classes = ()
    template_name = "api/docs.html"
    url_name = "api:openapi"
    title = "Amena API"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or the script that sets the console up."""
        response: Response = super().get(request, *args, **kwargs)
        if response.template_name == self.template_name:
            response.data |= _reference() | {"here": request.build_absolute_uri("/")[:-1]}
        return response
