"""URLs as people may see them: without password, and without any text that might be a part of one."""

import re

MASK = "***"

_HOST = r"(?:\[[^\s@/\]]*\]|[^\s:@/?#,\[\]]*)(?::\d*)?"
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://"
    r"(?:(?P<user>[^\s:@/?#]*)(?P<password>:(?:(?!\?\w*=)[^@])*)?@)?"
    rf"(?P<place>{_HOST}(?:,{_HOST})*(?:/[^@?#]*)?)"
    r"(?P<query>[?#][^@]*)?"
)
"""A URL whose parts are unambiguous: it has one `@` at most, and no parameter before that."""

_FILE = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<path>/[^?#]*)(?P<query>[?#].*)?", re.DOTALL)
"""A URL without host, whose path may have any `@`."""

_SECRET = re.compile(r"[?&;]\w*(?:pass|secret|token|key)\w*=", re.IGNORECASE)
"""A parameter that is a secret by its name."""

_IN_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'`<>]+")


def masked_url(url: str) -> str:
    """Return a URL with its password as `***` and its parameters, which may hold secrets, as `?...`.

    A URL that can be read in two ways, such as one with a bare `@` in its password, is masked after its scheme: the
    wrong reading would show a part of the password.
    """
    if of_file := _FILE.fullmatch(url):
        return f"{of_file['scheme']}://{of_file['path']}{_dots(of_file['query'])}"
    parts = _URL.fullmatch(url)
    if parts is None:
        scheme, separator, _ = url.partition("://")
        return f"{scheme}://{MASK}" if separator and scheme.isascii() else MASK
    password = f":{MASK}" if parts["password"] else ""
    user = f"{parts['user']}{password}@" if parts["user"] or password else ""
    return f"{parts['scheme']}://{user}{parts['place']}{_dots(parts['query'])}"


def mask_urls(text: str) -> str:
    """Return a text with every URL in it masked. Texts of foreign errors repeat the URL that they were given."""
    return _IN_TEXT.sub(_masked, text) if "://" in text else text


def _masked(match: re.Match[str]) -> str:
    url = match[0]
    is_link = _URL.fullmatch(url) and "@" not in url and not _SECRET.search(url)
    return url if is_link else masked_url(url)


def _dots(query: str | None) -> str:
    return "?..." if query else ""
