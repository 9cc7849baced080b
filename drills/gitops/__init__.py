"""Flow 1: a push reaches the cluster, by the real Argo CD and by its simulation."""
