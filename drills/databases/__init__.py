"""Flow 8: databases, their archives, and what comes back of them."""
