"""Publishes one event with a peer's own client and prints its id: `python -m bench.peers.send MODULE TEXT`."""

import sys
from importlib import import_module

if __name__ == "__main__":
    print(import_module(f"bench.peers.{sys.argv[1]}").send(sys.argv[2]))
