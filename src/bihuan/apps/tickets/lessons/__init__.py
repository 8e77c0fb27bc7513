"""What a ticket learns from earlier cases, and leaves for later ones."""
