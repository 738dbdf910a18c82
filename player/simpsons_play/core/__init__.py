"""What every room shares: types, geometry, errors, configuration, names and text. Imports no other room."""
