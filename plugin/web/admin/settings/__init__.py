"""Settings: frame.py has the sections and what they share, every other module is one of them."""
