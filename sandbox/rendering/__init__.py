"""Charts become objects: the real Helm renders them, from the sandbox's stand-ins or from real packages."""
