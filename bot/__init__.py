"""Question to cited answer, and the ways to ask: the room that joins the other three."""
