"""The TikTok Shop Open API client and nothing else: signing, transport, endpoints, tokens, errors, webhooks."""
