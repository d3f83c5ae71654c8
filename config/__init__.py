"""Settings, markets and addresses; logging; metrics and the Prometheus and Grafana configuration."""
