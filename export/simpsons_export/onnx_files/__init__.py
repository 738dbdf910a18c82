"""Networks in ONNX files of other programs."""
