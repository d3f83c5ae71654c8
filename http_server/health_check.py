"""`python -m http_server.health_check 127.0.0.1:9464/readyz` exits with 0 if the endpoint returns 200."""

from __future__ import annotations

import http.client
import sys

TIMEOUT_SECONDS = 4.0


def check(address: str) -> str | None:
    """Returns the problem, or None."""
    host, _, path = address.partition("/")
    connection = http.client.HTTPConnection(host, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", f"/{path}")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"{address}: {type(error).__name__}"
    finally:
        connection.close()
    return None if status == 200 else f"{address}: HTTP {status}"


if __name__ == "__main__":
    problem = check(sys.argv[1])
    if problem:
        sys.stderr.write(problem + "\n")
    sys.exit(1 if problem else 0)
