"""The gateway process: webhooks, the intake stream, fleet metrics and the web UI."""
