"""Writes the worklist as CSV: UTF-8 with the byte order mark Excel needs.

A row with `*` as shop and product holds one answer for all products with the same question.
"""

from __future__ import annotations

import csv
from typing import TextIO

from worklist.cells import csv_cell, id_cell
from worklist.collect import Worklist
from worklist.sheet import ALL, PRODUCT_COLUMNS, note_row, product_row

MAX_LIST, MAX_REPEATED_LIST = 8_000, 200
"""Maximum length of the allowed values in one cell; shorter where the row for all products shows them in full."""


def write_csv(worklist: Worklist, file: TextIO, max_rows: int) -> int:
    """Write at most `max_rows` missing fields and return their number. Adds a note at the end if some are left out.

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
            row = product_row(missing, stats.unlocks, MAX_LIST, as_id=id_cell, as_text=csv_cell)
            shops = "1 shop" if len(stats.shops) == 1 else f"{len(stats.shops)} shops"
            about = f"answer once for all {stats.products} products of {shops}"
            writer.writerow([ALL, ALL, about, *row[3:9], "", "", "", *row[12:-1], ""])
        longest = MAX_LIST if stats.products == 1 else MAX_REPEATED_LIST
        writer.writerow(product_row(missing, stats.unlocks, longest, as_id=id_cell, as_text=csv_cell))
    if note := worklist.left_out(len(rows)):
        writer.writerow(note_row(note))
    return len(rows)
