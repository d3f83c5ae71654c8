"""Dashboards as code: described in Python, generated as JSON in dashboards/, which Grafana loads."""
