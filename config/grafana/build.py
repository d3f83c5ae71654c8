"""`python -m config.grafana.build` writes the dashboards' JSON; a test compares it with the committed files."""

from __future__ import annotations

import json
from pathlib import Path

from config.grafana.overview import OVERVIEW
from config.grafana.panels import to_json
from config.grafana.shop import ONE_SHOP
from config.grafana.workers import WORKERS

FOLDER = Path(__file__).parent / "dashboards"
DASHBOARDS = (OVERVIEW, ONE_SHOP, WORKERS)


def files() -> dict[Path, str]:
    return {FOLDER / f"{each.uid}.json": json.dumps(to_json(each), indent=2) + "\n" for each in DASHBOARDS}


def main() -> None:
    for path, text in files().items():
        path.write_text(text)


if __name__ == "__main__":
    main()
