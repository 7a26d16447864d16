"""The benchmark behind `./run bench`: Crossdock and its peers do the same job, in turn, on the same servers."""
