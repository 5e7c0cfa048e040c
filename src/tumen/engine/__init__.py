"""People x months -> flows and lives. The engine knows states, hazards and mass; what they mean is told to it."""
