"""The state of the pipeline: consumers, queues, rates and backlogs."""
