"""Exports a DreamLite-mobile pipeline as a bundle; the graphs are written node by node, in forms that compilers run well."""
