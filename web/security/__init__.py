"""Access: sessions, tokens, permissions; headers and the checks against forged requests."""
