"""Decodes the text of a CSV file without guessing letters. Pure.

A wrong guess would put wrong letters into listings. Words written by Western programs (Windows-1252) have few accented
letters between plain ones. Words in the encodings of Chinese, Japanese, Thai, Vietnamese, Cyrillic and old Macintosh
programs, read as Windows-1252, have many, or letters that Western words do not have.
"""

from __future__ import annotations

import codecs
import re

from tables.model import BadTable

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SAMPLE_BYTES = 4096
NO_TEXT = "the file is not a table; save it as .xlsx or .csv"
MAGIC_BYTES = 16
"""Number of leading bytes among which other formats, such as pictures and archives, have a zero."""
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_ACCENTED = "ªºÀ-ÖØ-öø-ÿ"
_NOT_WESTERN = re.compile(
    rf"[{_ACCENTED}]{{3}}"  # Thai, Cyrillic, Chinese
    rf"|(?<![A-Za-z{_ACCENTED}])[{_ACCENTED}]{{2}}(?![A-Za-z{_ACCENTED}])"  # a short word without a plain letter
    r"|[ÐðÞþ\u0192\u201a\ufffd]"  # Vietnamese, Japanese, bytes without a letter
    r"|[a-zà-öø-ÿ][À-ÖØ-Þ]"  # Vietnamese: marks look like capitals within a word
    r"|[A-Za-z][\u017d\u017e\u201e\u2020\u2021\u02c6\u2030\u2039\u203a\u02dc][A-Za-z]"  # Macintosh
)


def decode(content: bytes) -> str:
    """Decode text by its byte order mark, or else as UTF-8, as UTF-16 if it has zero bytes, or as Windows-1252.

    Letters that cannot be determined become U+FFFD, which makes their cells unusable (tables/cells.py). Raises BadTable
    if it is not text.
    """
    for bom, encoding in BOMS:
        if content.startswith(bom):
            return content[len(bom) :].decode(encoding, errors="replace")
    sample = content[:SAMPLE_BYTES]
    if len(sample) >= 4 and sample[1::2].count(0) > 0.4 * len(sample[1::2]):
        return content.decode("utf-16-le", errors="replace")
    if len(sample) >= 4 and sample[::2].count(0) > 0.4 * len(sample[::2]):
        return content.decode("utf-16-be", errors="replace")
    if 0 in content[:MAGIC_BYTES]:
        raise BadTable(NO_TEXT)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    return _NOT_ASCII.sub("\ufffd", text) if _NOT_WESTERN.search(text) else text
