"""`python -m config.log_page` writes docs/logs.md from the vocabulary of the logs."""

from __future__ import annotations

from pathlib import Path

from config.log_actions import ACTIONS

PAGE = Path(__file__).parents[1] / "docs" / "logs.md"
HEAD = """# Logs

Made from `config/log_actions.py` by `make generated`; do not edit.

One line a thing that happened, on standard error: JSON with `RELIST_LOG_FORMAT=json` (the default, for containers),
coloured text with `console`. Each line has `event` (one of the actions below), `level`, `timestamp` (UTC), and what it
is about. To follow one product through all workers, look for its `product_id`, or the `trace_id` its feeder gave.

Fields whose names smell of a secret are blanked by the last processor, errors are redacted where they are made, and a
test searches everything a fleet writes for secrets.

| action | what it says |
| --- | --- |
"""


def page() -> str:
    return HEAD + "".join(f"| `{name}` | {meaning} |\n" for name, meaning in ACTIONS.items())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
