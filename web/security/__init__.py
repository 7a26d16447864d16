"""Who may do what: sessions, tokens, permissions; headers and the checks against forged requests."""
