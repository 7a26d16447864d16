"""Process support: bootstrap, supervision, shutdown, retries, logs, health."""
