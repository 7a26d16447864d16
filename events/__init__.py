"""What is said, and how it travels. The only home of pika and kombu; knows no order, no table, no handler."""
