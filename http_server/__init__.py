"""A bounded aiohttp server and the health endpoints of every process."""
