"""The search page: server-rendered, works without JavaScript."""
