"""Networks in eight bits, and their proof."""
