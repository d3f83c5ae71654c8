"""Dashboards as code: described here, kept as JSON in dashboards/, where Grafana reads them."""
