"""What every process needs: start, stop, retries, logs, health."""
