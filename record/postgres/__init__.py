"""The record in PostgreSQL, for fleets on several machines."""
