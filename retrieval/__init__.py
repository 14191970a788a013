"""Articles to passages to hits; knows nothing of chat models, Slack or settings objects."""
