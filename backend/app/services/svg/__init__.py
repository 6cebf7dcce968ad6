"""Drawings as SVG files: what comes out is built from the stored paths alone."""
