"""What the real cloudflared makes of the rules that both tunnels have."""
