"""Provider plugins: what the engine calls to reach the cluster and the simulated accounts."""
