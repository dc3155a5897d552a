"""Make documents in a process of its own: `python -m pipelines.tools.documents KIND`, in a folder with `data.json`.

Setting five hundred pictures takes 200 MiB, which would stay with a desk for as long as it runs.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pipelines.tools.documents.evidence_sheets import write_evidence
from pipelines.tools.documents.figure_sheets import write_chart
from pipelines.tools.documents.hazard_sheets import write_exposure

_KINDS = {"evidence": write_evidence, "exposure": write_exposure, "chart": write_chart}

if __name__ == "__main__":
    _KINDS[sys.argv[1]](Path.cwd())
