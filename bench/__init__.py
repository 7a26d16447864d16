"""The benchmark behind `./run bench`: ours and the peers doing the same job, in turn, on the same servers."""
