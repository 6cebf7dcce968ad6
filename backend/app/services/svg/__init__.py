"""Drawings as SVG files: what comes in becomes paths (H6), what goes out is built from the stored paths alone (H7)."""
