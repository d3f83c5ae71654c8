"""Who may open the web UI: tokens, the sign-in proxy, sessions, and the checks of every request."""
