"""How the log reaches webhooks: read once into their queues, sent out of them by workers that may be lost."""
