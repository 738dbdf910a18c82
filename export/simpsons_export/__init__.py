"""Keras networks to self-describing ONNX files, proven equal."""
