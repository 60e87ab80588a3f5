"""A stand-in for BigCommerce: its own programme, so that anyone can run everything without an account.

Start with `world` (what is true), then `actions` (what can happen), then `rest`, `login`, `webhooks` and `control`
(how it is told). It imports nothing else of `plugin` and shares no code with it.
"""
