"""Traces in OpenTelemetry's format: one trace per product, sent to a collector (docs/how-to/traces.md)."""
