"""A strict fake of Slack on loopback: ``with FakeSlack() as slack`` and point a client at ``slack.api_url``."""

from tests.slack_fake.fake import FakeSlack
from tests.slack_fake.records import Call, Delivery, Message, View

__all__ = ["Call", "Delivery", "FakeSlack", "Message", "View"]
