"""Loading models, and running them on single frames."""
