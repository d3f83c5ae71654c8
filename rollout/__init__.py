"""Staged rollout: admits only a few edits at a time until read-backs and audits show that a decision is safe.

The decisions are pure (`admission`, `read_back_evidence`, `audit_evidence`, `stops`, `operator`). `store` keeps their
state in Redis, where all workers share it. Workers call `service`.
"""
