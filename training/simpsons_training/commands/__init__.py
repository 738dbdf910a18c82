"""The command line of this package. Importing it loads neither NumPy nor Keras."""
