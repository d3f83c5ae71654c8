"""Full speed with continuous random faults for a configurable time; then every product is accounted for."""
