"""What tumen costs: time and memory beside other engines, and the limits it is meant to stay within. Measured only."""
