"""The navigation of all pages."""

from typing import NamedTuple

from schemas.people import Permission, Person


class Link(NamedTuple):
    """A page in the navigation: its name, its address, its icon, and the permission to see it."""

    name: str
    path: str
    icon: str
    permission: Permission = Permission.READ


class Section(NamedTuple):
    """Pages that belong together."""

    name: str
    links: tuple[Link, ...]


SECTIONS = (
    Section(
        "Orders",
        (
            Link("Home", "/", "home"),
            Link("Orders", "/orders", "orders"),
            Link("Blocked orders & dead letters", "/dead-letters", "blocked"),
            Link("Replays", "/replays", "replays"),
            Link("Products", "/products", "products"),
        ),
    ),
    Section(
        "Operations",
        (
            Link("Pipeline", "/pipeline", "pipeline"),
            Link("Communication errors", "/communication-errors", "errors"),
            Link("Activity", "/activity", "activity"),
        ),
    ),
    Section(
        "Administration",
        (
            Link("Settings", "/settings", "settings"),
            Link("People", "/people", "people", Permission.MANAGE_PEOPLE),
        ),
    ),
)


def navigation_for(person: Person) -> list[Section]:
    """Return the sections with the pages that the person may see."""
    seen = (
        (section.name, tuple(link for link in section.links if person.may(link.permission))) for section in SECTIONS
    )
    return [Section(name, links) for name, links in seen if links]


def is_current(link: Link, path: str) -> bool:
    """Whether *path* is the page or one below it."""
    return path == link.path or (link.path != "/" and path.startswith(f"{link.path}/"))
