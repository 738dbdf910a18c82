"""Networks of any version of Keras and TensorFlow, loaded as a network of Keras 3."""
