"""What people are told: where, in which colours, and what an update changes, as the engine has it."""
