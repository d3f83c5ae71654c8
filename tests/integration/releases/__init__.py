"""State in Redis that earlier releases wrote."""
