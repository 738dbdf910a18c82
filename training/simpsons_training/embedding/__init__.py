"""Training of the embedder: a network that tells heads of any characters apart."""
