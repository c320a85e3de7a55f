"""The reference: the OpenAPI description, and a page that shows it, all from our own address."""

from __future__ import annotations

from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


class OpenApi(SpectacularAPIView):
    """The description, for programs; for everybody."""

    authentication_classes = ()
    throttle_classes = ()


# Swagger UI draws its small icons from its own stylesheet.
@method_decorator(csp_update({"img-src": ["data:"]}), name="dispatch")
class Docs(SpectacularSwaggerSplitView):
    """The description, for people, with every request to try out."""

    authentication_classes = ()
    throttle_classes = ()
    template_name = "api/docs.html"
    url_name = "api:openapi"
    title = "Amena API"
