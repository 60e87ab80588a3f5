"""What is true and what we decide. Standard library only; the story starts in plan.py."""
