"""Staged rollout: admits edits a few at a time until read-backs and audits show that a decision is safe.

The decisions are pure (`admission`, `evidence`, `stops`, `operator`); `store` keeps their state in Redis, shared by all
workers; `service` is what a worker calls.
"""
