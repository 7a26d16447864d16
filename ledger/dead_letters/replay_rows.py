"""Rows of replays and their letters: conversion to and from them."""

from sqlalchemy import RowMapping

from ledger.sql.rows import Values
from ledger.tables.replays import replays
from schemas.replays import ItemState, Replay, ReplayItem, ReplayPace, ReplayState


def replay_row(replay: Replay) -> Values:
    """Return the row of a replay."""
    names = [column.name for column in replays.columns if column.name not in ("rate", "ramp", "stop_share", "state")]
    pace = {"rate": replay.pace.rate, "ramp": replay.pace.ramp, "stop_share": replay.pace.stop_share}
    return {name: getattr(replay, name) for name in names} | pace | {"state": replay.state.value}


def read_replay(row: RowMapping) -> Replay:
    """Return the replay of a row."""
    fields = dict(row)
    pace = ReplayPace(fields.pop("rate"), fields.pop("ramp"), fields.pop("stop_share"))
    return Replay(**(fields | {"pace": pace, "state": ReplayState(row["state"])}))


def read_item(row: RowMapping) -> ReplayItem:
    """Return the letter of a replay of a row."""
    return ReplayItem(**(dict(row) | {"state": ItemState(row["state"])}))
