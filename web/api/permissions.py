"""Parameters of handlers: the person who asks, if they may do it."""

from typing import Annotated

from fastapi import Depends

from schemas.people import Permission, Person
from web.security.permissions import Reader, may

__all__ = [
    "ActsOnOrders",
    "ChangesSettings",
    "ManagesPeople",
    "MatchesProducts",
    "Reader",
    "Replays",
    "SeesPersonalData",
]

SeesPersonalData = Annotated[Person, Depends(may(Permission.SEE_PERSONAL_DATA))]
ActsOnOrders = Annotated[Person, Depends(may(Permission.ACT_ON_ORDERS))]
MatchesProducts = Annotated[Person, Depends(may(Permission.MATCH_PRODUCTS))]
Replays = Annotated[Person, Depends(may(Permission.REPLAY))]
ChangesSettings = Annotated[Person, Depends(may(Permission.CHANGE_SETTINGS))]
ManagesPeople = Annotated[Person, Depends(may(Permission.MANAGE_PEOPLE))]
