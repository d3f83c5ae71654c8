"""The worklist as CSV: UTF-8 with the byte order mark Excel needs. A row with `*` holds one answer for all products."""

from __future__ import annotations

import csv
import io
from typing import TextIO

from worklist.cells import id_cell
from worklist.collect import Worklist
from worklist.sheet import ALL, PRODUCT_COLUMNS, Answers, BadSheet, note_row, product_row, read_products

MAX_LIST, MAX_REPEATED_LIST = 8_000, 200
"""Characters of the allowed values in one cell; less where the row for all products shows them in full."""


def write_csv(worklist: Worklist, file: TextIO, max_rows: int) -> int:
    """Write at most `max_rows` missing fields and return their number. Says at the end if some are left out.

    `file` must be opened with `encoding="utf-8-sig", newline=""`.
    """
    writer = csv.writer(file)
    writer.writerow(PRODUCT_COLUMNS)
    answer_for_all = ""
    rows = worklist.rows(max_rows)
    for missing in rows:
        stats = worklist.questions[missing.question.key]
        if stats.products > 1 and missing.question.key != answer_for_all:
            answer_for_all = missing.question.key
            row = product_row(missing, stats.unlocks, id_cell, MAX_LIST)
            about = f"answer once for all {stats.products} products of {len(stats.shops)} shops"
            writer.writerow([ALL, ALL, about, *row[3:10], ""])
        longest = MAX_LIST if stats.products == 1 else MAX_REPEATED_LIST
        writer.writerow(product_row(missing, stats.unlocks, id_cell, longest))
    if note := worklist.left_out(len(rows)):
        writer.writerow(note_row(note))
    return len(rows)


def read_csv(text: str) -> Answers:
    """Read CSV separated by commas, semicolons or tabs. Raises BadSheet."""
    text = text.removeprefix("\ufeff")
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        return read_products(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as problem:
        raise BadSheet(f"the file is not CSV: {problem}") from None
