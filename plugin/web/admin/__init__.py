"""The merchant's pages in the control panel's iframe: door.py lets in, one file per screen."""
