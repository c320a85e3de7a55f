"""Static files as a deployment serves them: compressed, under names that carry their content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Renames what scripts import from each other too, so that no cache mixes two versions."""

    support_js_module_import_aggregation = True
