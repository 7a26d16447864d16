"""The API's own subject: whom a token stands for."""

from fastapi import APIRouter

from schemas.people import Person
from web.security.permissions import Reader

router = APIRouter(tags=["people"])


@router.get("/me", operation_id="showMe")
def show_me(person: Reader) -> Person:
    """Show whom the token stands for, and what it may do."""
    return person
