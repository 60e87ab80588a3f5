"""RQ workers. `inbox` drains webhooks, `outbox` publishes and mails, `sync` does what takes longer; in this order.

jobs.py is the list of all jobs, failures.py what becomes of an error, schedule.py what runs unasked.
"""
