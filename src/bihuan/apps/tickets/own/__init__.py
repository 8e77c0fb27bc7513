"""What a company writes itself: labels of the states, checklists, phrases."""
