"""The floor again, after an import of Cloudflare's SDK: whole, or as the platform does it."""

import importlib
import os
import runpy
from pathlib import Path

importlib.import_module(os.environ["BENCH_IMPORT"])
runpy.run_path(str(Path(__file__).parents[1] / "flat" / "__main__.py"))
