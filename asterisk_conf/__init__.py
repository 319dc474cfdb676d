"""What Asterisk must be told: dialplan, queues, manager user, prompts."""
