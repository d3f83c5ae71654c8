"""`python -m config.logging.page` writes docs/logs.md from the vocabulary of the logs."""

from __future__ import annotations

from pathlib import Path

from config.logging.events import ACTIONS, FIELDS

PAGE = Path(__file__).parents[2] / "docs" / "logs.md"
HEAD = """# Logs

Made from `config/logging/events.py` by `make generated`; do not edit.

One line a thing that happened, on standard error: JSON with `RELIST_LOG_FORMAT=json` (the default, for containers),
coloured text with `console`. Each line has `event` (one of the actions below), `level`, `timestamp` (UTC), and what it
is about. To follow one product through all workers, look for its `product_id`, or the `trace_id` its feeder gave.

What sellers and buyers write is in no field. Where a line repeats a message of the platform or of an exception, what
the message puts in quotation marks is cut out unless it looks like the name of a field, e-mail addresses and phone
numbers are masked, and it is cut after 300 characters; the whole message is in the outcome, where who may fix it reads
it. A name that a message has without quotation marks can not be told from other words. Fields whose names smell of a
secret are blanked by the last processor, errors are redacted where they are made, and a test searches everything a
fleet writes for secrets.

| action | what it says |
| --- | --- |
"""


def page() -> str:
    rows, fields = (
        "".join(f"| `{name}` | {meaning} |\n" for name, meaning in each.items()) for each in (ACTIONS, FIELDS)
    )
    return f"{HEAD}{rows}\n| field | what it holds |\n| --- | --- |\n{fields}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
