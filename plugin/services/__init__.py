"""What the app can do, one file per errand. Knows only the domain and the ports; ports/ says what it needs."""
