"""The controllers that the platform installs, simulated: each watches the API server and acts as the real one does."""
