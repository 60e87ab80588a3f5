"""What the services need from the outside world, as protocols. Adapters implement them; bootstrap.py chooses.

One file per subject. Values that only cross these lines live beside the protocol that carries them.
"""
