"""Event types, their envelope and topology, and the Bus with its transports. The only importer of pika and kombu."""
