"""A worklist as CSV: UTF-8 with a byte order mark, which Excel wants; one answer for all is a row with `*`."""

from __future__ import annotations

import csv
import io
from typing import TextIO

from worklist.cells import id_cell
from worklist.collect import Worklist
from worklist.sheet import ALL, PRODUCT_COLUMNS, Answers, BadSheet, product_row, read_products

LONGEST_LIST = 8_000


def write_csv(worklist: Worklist, file: TextIO, most_rows: int) -> int:
    """The number of gaps written. `file` is opened with `encoding="utf-8-sig", newline=""`."""
    writer = csv.writer(file)
    writer.writerow(PRODUCT_COLUMNS)
    answer_for_all = ""
    rows = worklist.rows(most_rows)
    for gap in rows:
        asked = worklist.questions[gap.question.key]
        if asked.products > 1 and gap.question.key != answer_for_all:
            answer_for_all = gap.question.key
            row = product_row(gap, asked.unlocks, id_cell, LONGEST_LIST)
            about = f"answer once for all {asked.products} products of {len(asked.shops)} shops"
            writer.writerow([ALL, ALL, about, *row[3:10], ""])
        writer.writerow(product_row(gap, asked.unlocks, id_cell, LONGEST_LIST if asked.products == 1 else 200))
    return len(rows)


def read_csv(text: str) -> Answers:
    """Takes comma, semicolon or tab, whichever the spreadsheet has made of it. Raises BadSheet."""
    text = text.removeprefix("\ufeff")
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        return read_products(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as problem:
        raise BadSheet(f"the file is not CSV: {problem}") from None
