"""Numbered migrations; each works with the code already running. HEAD names the newest, so that two cannot both be it."""
