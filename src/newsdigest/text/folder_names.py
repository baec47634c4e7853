"""The organisation a folder is named after; folders of years, months and letter boxes name none."""

from __future__ import annotations

import re
from pathlib import PurePath

from newsdigest.text import html
from newsdigest.text.folding import fold

_NO_NAME = re.compile(
    r"[\W\d_]*|(?:jan|feb|mae?r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])\w{0,6}[\W\d_]*|kw[\W\d_]*|q[1-4][\W\d_]*"
    r"|archive?|alt|neu|new|old|inbox|eingang|postfach|presse|press|temp|tmp|downloads?|attachments?|anhaenge"
)


def organisation(inner: PurePath) -> str:
    """
    Return the organisation that the folders above a file name, "" where they name none.

    Args:
        inner: The file's path within the source's folder; years, months and the like are passed over.
    """
    for part in inner.parts[:-1]:
        name = html.one_line(part.replace("_", " "))
        if not _NO_NAME.fullmatch(fold(name)):
            return name[:120]
    return ""
