"""Who is on screen when: spans, appearances and screen time, computed from captions."""
