"""What the shipped contracts call their columns: their files hold the English words, here the catalogues find them."""

from __future__ import annotations

from core.text.messages import message

SHIPPED = ("kobe", "kobe-full")
"""The projects whose contracts come with Courtside."""
TITLES = {
    title.template
    for title in (
        message("Kobe shots"),
        message("Kobe shots, every column"),
        message("Latitude"),
        message("Longitude"),
        message("Minutes left"),
        message("Seconds left"),
        message("Period"),
        message("Playoffs"),
        message("Shot distance"),
        message("Shot type"),
        message("Action"),
        message("Season"),
        message("Zone"),
        message("Zone area"),
        message("Zone range"),
        message("Opponent"),
        message("Matchup, home or away"),
        message("ft"),
    )
}
"""Titles and units said in the reader's language wherever they stand; a user's own stay as they were written."""
