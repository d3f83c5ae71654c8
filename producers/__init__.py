"""Everything that adds jobs to lanes: the intake stream, webhooks, retries and the canary."""
