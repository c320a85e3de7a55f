"""Static files as a deployment serves them: compressed, under names that carry their content."""

import re

from django.http import HttpRequest, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

_HASHED = re.compile(r".*\.[0-9a-f]{12}\.\w+")


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Renames what scripts import from each other too, so that no cache mixes two versions."""

    support_js_module_import_aggregation = True


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """Answers for files of another version with those of its own, which no cache may keep as such.

    While a new version comes, a page of the one asks a server of the other for its style. Without
    any it would lie bare, and nothing on it would work.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serves a static file, or hands the request on."""
        path = request.path_info
        if path in self.files or not path.startswith(self.static_prefix) or self.autorefresh:
            return super().__call__(request)
        if _HASHED.fullmatch(path):
            ours = self.get_static_url(self.get_name_without_hash(path[len(self.static_prefix) :]))
            if ours in self.files:
                response = self.serve(self.files[ours], request)
                response["Cache-Control"] = "no-store"
                return response
        return self.get_response(request)
