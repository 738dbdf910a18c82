"""Export Keras networks to self-describing ONNX files and prove that both return the same results."""
