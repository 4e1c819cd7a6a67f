"""Static files under names that carry their hash, ES-module imports included; gzipped when they are collected."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class ModuleStorage(CompressedManifestStaticFilesStorage):
    """ServeStatic's manifest storage, which also rewrites `import … from "./x.js";`."""

    support_js_module_import_aggregation = True
    keep_intermediate_files = False

    def stored_name(self, name: str) -> str:
        """The hashed name; the plain one for a file that was never collected (tests, a fresh checkout)."""
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name
