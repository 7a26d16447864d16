"""The bus over RabbitMQ, with pika."""
