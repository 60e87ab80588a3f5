"""Backorder for BigCommerce. Read domain/plan.py, services/planning.py, workers/jobs.py and web/webhooks.py, in this order."""
