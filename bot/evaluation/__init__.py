"""Evaluation: a client of the app that asks it gold questions and says how good its answers are, and how surely."""
