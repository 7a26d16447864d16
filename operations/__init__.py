"""Actions and look-ups of people: one door for the terminal, the browser and the API."""
