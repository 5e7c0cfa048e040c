"""What a result says to people: six figures, each a file of its own, and a table for the terminal."""
