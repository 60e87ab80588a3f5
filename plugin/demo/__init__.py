"""The demo: a simulated store and the whole app on this machine. town.py starts it, story.py plays and checks it."""
