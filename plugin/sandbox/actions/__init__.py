"""What can happen in the world. Storefront, panel, control API and REST all go through these, so one thing has one effect.

Each takes the world and the store first, holds the lock itself, and raises `Refused` with nothing changed.
"""
