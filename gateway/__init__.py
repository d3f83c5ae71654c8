"""The gateway process: webhooks, the intake stream, and the page for people."""
