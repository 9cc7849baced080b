"""A whole homelab on one machine: a real engine and a real control plane, with simulated accounts."""
