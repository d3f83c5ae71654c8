"""Writes docs/logs.md from the table of log events: `python -m config.logging.page`."""

from __future__ import annotations

from pathlib import Path

from config.logging.events import EVENTS, FIELDS

PAGE = Path(__file__).parents[2] / "docs" / "logs.md"
HEAD = """# Logs

Generated from `config/logging/events.py` by `make generated`; do not edit.

Each event is one line on standard error: JSON with `RELIST_LOG_FORMAT=json` (the default, for containers), coloured
text with `console`. Each line has `event` (see the table), `level`, `timestamp` (UTC) and the fields of the event. To
follow one product through all workers, search for its `product_id`, or for the `trace_id` its feeder supplied.

No field holds text that sellers or buyers wrote. Where a line repeats a message of the platform or of an exception,
quoted text is removed unless it looks like a field name, e-mail addresses and phone numbers are masked, and the message
is truncated to 300 characters. The outcome holds the whole message. A name that is not in quotation marks cannot be
distinguished from other words. The last log processor redacts fields whose names suggest a secret, errors are redacted
where they are created, and a test searches everything that a fleet writes for secrets.

| event | meaning |
| --- | --- |
"""


def page() -> str:
    rows, fields = (
        "".join(f"| `{name}` | {meaning} |\n" for name, meaning in each.items()) for each in (EVENTS, FIELDS)
    )
    return f"{HEAD}{rows}\n| field | meaning |\n| --- | --- |\n{fields}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
