"""Looking at the pipeline: consumers, queues, rates, and what waits."""
