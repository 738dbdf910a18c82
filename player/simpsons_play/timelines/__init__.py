"""Who is on screen when: spans, appearances and screen time, counted from captions."""
