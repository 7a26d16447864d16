"""Forms of pages, as tests read them."""

import re


def hidden_field(text: str, name: str) -> str:
    """Return the value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, f"the page has no field {name}"
    return found[1]
