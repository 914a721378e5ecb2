"""Training, export and checking of Impasto's model bundles."""
