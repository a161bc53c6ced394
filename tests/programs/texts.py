"""Small real text, that comes with Python itself: its own help topics."""

import json
import random
import re
from pydoc_data.topics import topics


def paragraphs():
    """(text, topic) of every paragraph long enough to say something, shuffled."""
    found = [
        (" ".join(part.split()), topic)
        for topic, text in topics.items()
        for part in re.split(r"\n\s*\n", text)
        if 80 < len(part) < 600
    ]
    random.Random(0).shuffle(found)
    return found


def write_jsonl(path, texts):
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
