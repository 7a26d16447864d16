"""Amazon and Commerce: the port that handlers' requests go through, parsers of Amazon's files, and a simulator."""
