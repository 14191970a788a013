"""The Slack client of the app: asked once, answered once, with sources that can be read in place."""
