"""The peers, each as its own documentation teaches: acknowledged late, confirmed publications, quorum queues."""
