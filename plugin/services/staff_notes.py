"""Our marked block in an order's staff notes; what people wrote around it stays. services/publishing.py writes it."""

NOTE_START, NOTE_END = "[Backorder]", "[/Backorder]"


def with_block(notes: str, block: str) -> str:
    """The notes with our marked block replaced, appended, or (with an empty one) taken away."""
    before, start, rest = notes.partition(NOTE_START)
    _, end, after = rest.partition(NOTE_END)
    around = [before.rstrip("\n"), after.lstrip("\n")] if start and end else [notes.rstrip("\n"), ""]
    marked = f"{NOTE_START}\n{block}\n{NOTE_END}" if block else ""
    return "\n".join(part for part in (around[0], marked, around[1]) if part)
