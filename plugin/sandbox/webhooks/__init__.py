"""Telling apps what happened: `engine` plans deliveries, `sender` makes them, `signing` signs them."""
