"""Trial run: what a draft would have meant for what really happened. It never makes a duty."""
