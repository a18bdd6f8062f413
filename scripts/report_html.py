# SPDX-License-Identifier: BSD-3-Clause
"""HTML that is safe by the way it is made: text is escaped unless it is Safe, and
only element() and what this project draws itself is."""
import html


class Safe(str):
    """Markup that is not to be escaped."""


def safe(part):
    """A part as markup: lists are joined, None is nothing, all else is text."""
    if isinstance(part, Safe):
        return part
    if isinstance(part, (list, tuple)):
        return Safe(''.join(safe(each) for each in part))
    return Safe('' if part is None else html.escape(str(part)))


def element(name, *parts, **attributes):
    """<name>, its attributes (class_ is class; None and False leave one out), its parts."""
    given = ''.join(f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
                    for key, value in attributes.items() if value not in (None, False))
    return Safe(f'<{name}{given}>{safe(parts)}</{name}>')
