"""Flows 3, 7 and 9: requests from outside, through the real Traefik, to the applications."""
