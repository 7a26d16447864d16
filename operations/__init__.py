"""What people do and look up: one door for the terminal, the browser and the API."""
